/**
 * Where in JSON text a value stands, by its path as the server names it (`rule.all[1].value`). Of a path that leads
 * nowhere it is the last thing on the way, since what is missing is missing there.
 */
export function placeOf(
  text: string,
  path: string,
): { line: number; start: number; end: number } | undefined {
  const steps = path.replace(/^(rule|definition)\.?/, '').match(/[^.[\]]+/g) ?? [];
  const reader = new Reader(text);
  const found = reader.find(steps);
  if (!found) return undefined;
  return { ...found, line: text.slice(0, found.start).split('\n').length };
}

type Span = { start: number; end: number };

/** Reads text that is known to be JSON, for the positions that JSON.parse does not tell. */
class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  find(steps: readonly string[]): Span | undefined {
    this.#blank();
    const start = this.#at;
    const [step, ...rest] = steps;
    let inner: Span | undefined;
    const visit = (key: string) => {
      if (key === step && !inner) inner = this.find(rest);
      else this.find([]);
    };
    const open = this.#text[this.#at];
    if (open === '{') this.#members((read) => visit(read()));
    else if (open === '[') {
      let index = 0;
      this.#members(() => visit(String(index++)));
    } else this.#scalar();
    return inner ?? { start, end: this.#at };
  }

  #members(one: (key: () => string) => void): void {
    this.#at++;
    for (;;) {
      this.#blank();
      const next = this.#text[this.#at];
      if (next === undefined || next === '}' || next === ']') break;
      if (next === ',') this.#at++;
      else
        one(() => {
          const key = JSON.parse(this.#scalar()) as string;
          this.#blank();
          this.#at++; // the colon
          return key;
        });
    }
    this.#at++;
  }

  #scalar(): string {
    const rest = this.#text.slice(this.#at);
    const [scalar] = /^("(?:[^"\\]|\\.)*"|[^\s,\]}]+)/.exec(rest) ?? [''];
    this.#at += Math.max(1, scalar.length);
    return scalar;
  }

  #blank(): void {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at++;
  }
}
