/** Collects what a statement binds, and gives the placeholder to write in its place. */
export class Binder {
  readonly params: Record<string, unknown> = {};
  readonly #lists = new Map<unknown, string>();
  #count = 0;

  text = (value: string): string => this.#bind(value, 'String');
  texts = (values: readonly string[]): string => this.#bind(values, 'Array(String)');
  number = (value: number): string => this.#bind(value, 'Float64');
  /** A whole number from 0 to 2³² − 1. */
  count = (value: number): string => this.#bind(value, 'UInt32');
  counts = (values: readonly number[]): string => this.#bind(values, 'Array(UInt32)');
  /** @param value milliseconds since 1970 */
  time = (value: number): string => this.#bind(new Date(value), "DateTime64(3,'UTC')");
  /** @param value seconds since 1970 */
  second = (value: number): string => this.#bind(value, "DateTime('UTC')");
  /** A whole number beyond that. */
  version = (value: number): string => this.#bind(value, 'UInt64');
  /** @param values seconds since 1970. Long lists: the same list is bound once, wherever it stands. */
  seconds = (values: readonly number[]): string => this.#bindOnce(values, "Array(DateTime('UTC'))");
  /** @param pairs of hours and versions, as Cover.params has them */
  versions = (pairs: string): string => this.#bindOnce(pairs, "Array(Tuple(DateTime('UTC'), UInt64))");

  #bindOnce(list: unknown, type: string): string {
    const known = this.#lists.get(list) ?? this.#bind(list, type);
    this.#lists.set(list, known);
    return known;
  }

  #bind(value: unknown, type: string): string {
    const name = `p${++this.#count}`;
    this.params[name] = value;
    return `{${name}:${type}}`;
  }
}
