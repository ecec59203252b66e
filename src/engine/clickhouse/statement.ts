import { readFileSync } from 'node:fs';

/** One ClickHouse statement. Parameters stand in it as `{name:Type}` and are bound, never pasted. */
export interface Statement {
  /** The file's name without ending, or the name given to `adhoc`; appears in logs and metrics. */
  readonly name: string;
  readonly text: string;
}

const registered: Statement[] = [];

/**
 * Reads a statement from a file beside the module and registers it, so that every statement of the
 * program is checked against the real tables at start (`checkStatements`).
 *
 * @param base `import.meta.url` of the caller
 * @param path e.g. `./sql/count_people.sql`
 */
export function statement(base: string, path: string): Statement {
  const text = readFileSync(new URL(path, base), 'utf8').trim().replace(/;$/, '');
  const made = { name: path.replace(/^.*\//, '').replace(/\.sql$/, ''), text };
  registered.push(made);
  return made;
}

/** A statement made by code (a segment's rule). Its text holds only placeholders for values. */
export const adhoc = (name: string, text: string): Statement => ({ name, text });

/** All statements read from files so far. */
export const registeredStatements = (): readonly Statement[] => registered;
