/** Collects what a statement binds, and gives the placeholder to write in its place. */
export class Binder {
  readonly params: Record<string, unknown> = {};
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
  /** @param values seconds since 1970 */
  seconds = (values: readonly number[]): string => this.#bind(values, "Array(DateTime('UTC'))");
  /** What comes with a name of its own, such as the parameters of a cover. */
  named(name: string, value: unknown, type: string): string {
    this.params[name] = value;
    return `{${name}:${type}}`;
  }

  #bind(value: unknown, type: string): string {
    return this.named(`p${++this.#count}`, value, type);
  }
}
