/** What is held of a person in one place: rows one after another, or a value. */
export type Part = () => AsyncIterable<unknown> | Promise<unknown>;

/** JSON that is already written, and goes out as it stands: parsing it would round its large numbers. */
export class Written {
  readonly json: string;

  constructor(json: string) {
    this.json = json;
  }
}

/** One object as JSON, part by part and row by row; a row a line, so that people can read it too. */
export async function* jsonOf(
  head: Record<string, unknown>,
  parts: Iterable<[string, Part]>,
): AsyncGenerator<string> {
  yield '{';
  let separator = '\n';
  for (const [name, value] of Object.entries(head)) {
    yield `${separator}${JSON.stringify(name)}: ${textOf(value)}`;
    separator = ',\n';
  }
  for (const [name, part] of parts) {
    yield `${separator}${JSON.stringify(name)}: `;
    const held = part();
    if (Symbol.asyncIterator in held) yield* rowsOf(held);
    else yield textOf(await held);
  }
  yield '\n}\n';
}

async function* rowsOf(rows: AsyncIterable<unknown>): AsyncGenerator<string> {
  yield '[';
  let separator = '\n  ';
  for await (const row of rows) {
    yield separator + textOf(row);
    separator = ',\n  ';
  }
  yield separator === '\n  ' ? ']' : '\n]';
}

const textOf = (value: unknown): string =>
  value instanceof Written ? value.json : (JSON.stringify(value) ?? 'null');
