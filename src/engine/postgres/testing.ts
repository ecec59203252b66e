import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Problem } from '../problem.ts';

/** Process id of the embedded server, by its own file. */
export const postmasterPid = (dataDir: string) =>
  Number(readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]);

/** Waits for what another process does. */
export async function until(condition: () => boolean | Promise<boolean>, ms = 20_000) {
  for (const end = Date.now() + ms; Date.now() < end; ) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`not within ${ms} ms: ${condition}`);
}

/** The Problem which a promise is rejected with. */
export const problemOf = async (promise: Promise<unknown>): Promise<Problem> => {
  const error = await promise.then(
    () => new Error('nothing was thrown'),
    (thrown) => thrown,
  );
  if (error instanceof Problem) return error;
  throw error;
};
