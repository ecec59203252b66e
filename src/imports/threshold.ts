/** Where nobody has said more: a tenth, and not over a handful, since a list of eight with one typing error is no wrong file. */
const USUAL_SHARE = 0.1;
const FEW_ROWS = 10;

/** Whether so many of the rows are bad that something is wrong with the file, or with how it is read. */
export function tooManyBad(rows: number, bad: number, share: number | null): boolean {
  return share === null ? bad > FEW_ROWS && bad > rows * USUAL_SHARE : share < 1 && bad > rows * share;
}

/** For the person, who may let it go on. */
export function whyTooMany(rows: number, bad: number, taken: number, share: number | null): string {
  const count = (n: number) => n.toLocaleString('en');
  const percent = (of: number) => `${Number((of * 100).toFixed(1))} %`;
  const before = taken === 0 ? 'Nothing was taken in.' : `${count(taken)} rows before them were taken in.`;
  return `Stopped: ${count(bad)} of the first ${count(rows)} rows cannot be taken (${percent(bad / rows)}), more than the ${percent(share ?? USUAL_SHARE)} allowed. ${before}`;
}
