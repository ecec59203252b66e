import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Small things every command needs, apart from the program itself, so that `--help` does not load it. */
export const version: string = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
).version;

/** How commands on this machine find the running server; readable by its owner only. */
export const serverFile = (dataDir: string) => join(dataDir, 'server.json');
