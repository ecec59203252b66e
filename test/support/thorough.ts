/** THOROUGH=1 runs everything that tests otherwise choose from at random, a part each time: minutes instead of seconds. */
export const thorough = process.env.THOROUGH === '1';

/** So many runs of a property: all when thorough, else fewer. */
export const runs = (usual: number, all: number): number => (thorough ? all : usual);

/** About one of `share`, another part each time; all when thorough. */
export function some<T>(list: readonly T[], share: number): readonly T[] {
  if (thorough) return list;
  const first = Math.floor(Math.random() * share);
  return list.filter((_, n) => n % share === first);
}
