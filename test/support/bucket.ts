/** A token bucket as its account describes it, to be compared with what was taken. */
export interface Bucket {
  /** Tokens a second. */
  rate: number;
  /** The most it holds; it is full at first. */
  burst: number;
}

export interface Replay {
  /** The fewest tokens that were ever left; below zero, more was taken than there was. */
  least: number;
  /** Tokens that nobody fetched while the bucket was full. */
  spilled: number;
  /** The most taken within any second. */
  second: number;
  /** Seconds from the beginning to the last. */
  seconds: number;
}

/** @param taken when each token was taken, in milliseconds, in order */
export function replay({ rate, burst }: Bucket, began: number, taken: readonly number[]): Replay {
  let [tokens, at, least, spilled, second, first] = [burst, began, burst, 0, 0, 0];
  for (const [n, time] of taken.entries()) {
    const filled = tokens + (rate * Math.max(0, time - at)) / 1_000;
    spilled += Math.max(0, filled - burst);
    tokens = Math.min(burst, filled) - 1;
    at = Math.max(at, time);
    least = Math.min(least, tokens);
    while (taken[first]! <= time - 1_000) first++;
    second = Math.max(second, n - first + 1);
  }
  return { least, spilled, second, seconds: (at - began) / 1_000 };
}
