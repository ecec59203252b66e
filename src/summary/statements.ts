import { readFileSync } from 'node:fs';
import { adhoc, type Statement } from '../engine/index.ts';

/**
 * A statement of this room. Not registered as those of other rooms are: its tables live in a work directory, so the
 * program could not check it against its own at start. Tests run them all but those for one huge user and for counting users.
 */
export const statementFile = (name: string): Statement =>
  adhoc(name, readFileSync(new URL(`./sql/${name}.sql`, import.meta.url), 'utf8').trim());
