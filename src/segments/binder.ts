/** Collects what a statement binds, and gives the placeholder to write in its place. */
export class Binder {
  readonly params: Record<string, unknown> = {};
  readonly #prefix: string;
  #count = 0;

  /** @param prefix of the names, where two binders' placeholders stand in one statement */
  constructor(prefix = 'p') {
    this.#prefix = prefix;
  }

  text = (value: string): string => this.#bind(value, 'String');
  texts = (values: readonly string[]): string => this.#bind(values, 'Array(String)');
  number = (value: number): string => this.#bind(value, 'Float64');
  numbers = (values: readonly number[]): string => this.#bind(values, 'Array(Float64)');
  count = (value: number): string => this.#bind(value, 'UInt32');
  uuid = (value: string): string => this.#bind(value, 'UUID');
  time = (value: Date): string => this.#bind(value, "DateTime64(3,'UTC')");

  #bind(value: unknown, type: string): string {
    const name = `${this.#prefix}${++this.#count}`;
    this.params[name] = value;
    return `{${name}:${type}}`;
  }
}
