/** Where the time comes from: injected everywhere, so that tests never sleep. */
export interface Clock {
  /** The present instant. */
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };
