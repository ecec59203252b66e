/** Lets callers of the same name in one after another, and at most so many callers at once altogether. */
export class Turns {
  /** The end of the last caller of each name. */
  readonly #last = new Map<string, Promise<void>>();
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(most: number) {
    this.#free = most;
  }

  /** Whether a caller of this name is in, or waits. */
  taken = (name: string): boolean => this.#last.has(name);

  async take<T>(name: string, run: () => Promise<T>): Promise<T> {
    const before = this.#last.get(name);
    const mine = before ? before.then(() => this.#counted(run)) : this.#counted(run);
    const ended = () => {
      if (this.#last.get(name) === end) this.#last.delete(name);
    };
    const end: Promise<void> = mine.then(ended, ended);
    this.#last.set(name, end);
    return mine;
  }

  async #counted<T>(run: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await run();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    }
  }
}
