/** The valid words, closest first: by edit distance, capitals not counting; a word that holds the other counts as near. */
export function closest<T extends string>(word: string, valid: readonly T[]): T[] {
  const wanted = word.toLowerCase().slice(0, 50);
  const score = (name: string) => {
    const last = name.slice(name.lastIndexOf('/') + 1);
    return wanted !== '' && name.includes(wanted)
      ? 0.5
      : Math.min(distance(wanted, name), distance(wanted, last) + 0.6);
  };
  return valid
    .map((name) => ({ name, score: score(name.toLowerCase().replaceAll(' ', '_')) }))
    .sort((a, b) => a.score - b.score)
    .map(({ name }) => name);
}

/** Levenshtein's distance, row by row. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const above = row;
    row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = above[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(change, above[j]! + 1, row[j - 1]! + 1));
    }
  }
  return row[b.length]!;
}
