/**
 * Collects what a statement binds, and gives the placeholder to write in its place. The same text, and the same list, is
 * bound once wherever it stands: all of it together must fit into the longest query the engine reads (256 KB).
 */
export class Binder {
  readonly params: Record<string, unknown> = {};
  readonly #bound = new Map<unknown, string>();
  #count = 0;

  text = (value: string): string => this.#bindOnce(value, 'String');
  texts = (values: readonly string[]): string => this.#bindOnce(values, 'Array(String)');
  number = (value: number): string => this.#bind(value, 'Float64');
  /** A whole number from 0 to 2³² − 1. */
  count = (value: number): string => this.#bind(value, 'UInt32');
  counts = (values: readonly number[]): string => this.#bindOnce(values, 'Array(UInt32)');
  /** @param value milliseconds since 1970 */
  time = (value: number): string => this.#bind(new Date(value), "DateTime64(3,'UTC')");
  /** @param value seconds since 1970 */
  second = (value: number): string => `toDateTime(${this.count(value)}, 'UTC')`;
  /** A whole number beyond that. */
  version = (value: number): string => this.#bind(value, 'UInt64');
  /** @param values seconds since 1970 */
  seconds = (values: readonly number[]): string => this.#bindOnce(values, "Array(DateTime('UTC'))");
  /** @param pairs of hours and versions, as Cover.params has them */
  versions = (pairs: string): string => this.#bindOnce(pairs, "Array(Tuple(DateTime('UTC'), UInt64))");

  #bindOnce(value: string | readonly unknown[], type: string): string {
    const key = typeof value === 'string' ? `${type} ${value}` : value;
    const known = this.#bound.get(key) ?? this.#bind(value, type);
    this.#bound.set(key, known);
    return known;
  }

  #bind(value: unknown, type: string): string {
    const name = `p${++this.#count}`;
    this.params[name] = value;
    return `{${name}:${type}}`;
  }
}
