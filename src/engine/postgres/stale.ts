import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { commandLine, isAlive, processStart } from '../processes.ts';

/** What PostgreSQL writes about itself into its data directory (`postmaster.pid`). */
export interface Postmaster {
  pid: number;
  port: number;
  /** Directory of its socket, or empty. */
  socketDir: string;
}

export function readPostmaster(cluster: string): Postmaster | undefined {
  const lines = readIfThere(join(cluster, 'postmaster.pid'))?.split('\n');
  const pid = Number(lines?.[0]);
  if (!lines || !Number.isInteger(pid) || pid <= 0) return undefined;
  return { pid, port: Number(lines[3] ?? 0), socketDir: (lines[4] ?? '').trim() };
}

/**
 * Whether the process is a PostgreSQL on this cluster: `yes`/`no` by its command line, `unknown` where
 * there is no /proc and only asking it over a connection can tell.
 */
export function isPostgresOn(pid: number, cluster: string): 'yes' | 'no' | 'unknown' {
  if (!isAlive(pid)) return 'no';
  const words = commandLine(pid);
  if (words === undefined) return process.platform === 'linux' ? 'no' : 'unknown';
  const ours = basename(words[0] ?? '').startsWith('postgres') && words.includes(cluster);
  return ours ? 'yes' : 'no';
}

/** Whether it was started by the same program with the same arguments (`postmaster.opts`). */
export function startedWith(cluster: string, program: string, args: string[]): boolean {
  const expected = [program, ...args.map((arg) => `"${arg}"`)].join(' ');
  return readIfThere(join(cluster, 'postmaster.opts'))?.trim() === expected;
}

/**
 * A process that is no PostgreSQL may have got the id in `postmaster.pid` (after a restart of the machine or a
 * container), and PostgreSQL would refuse to start beside it. We put our own id there, that of its parent, which it
 * ignores; the rest of the file stays, because by it PostgreSQL sees whether children of the old one are still alive.
 */
export function disownPidFile(cluster: string): void {
  const file = join(cluster, 'postmaster.pid');
  const lines = readFileSync(file, 'utf8').split('\n');
  writeFileSync(file, [String(process.pid), ...lines.slice(1)].join('\n'));
}

/** The socket has a file with the process id too, and the same happens to it. The directory is this cluster's alone. */
export function removeStaleSocket(dir: string, cluster: string): void {
  const socket = join(dir, '.s.PGSQL.5432');
  const pid = Number(readIfThere(`${socket}.lock`)?.split('\n')[0]);
  if (!(pid > 0) || isPostgresOn(pid, cluster) !== 'no') return;
  rmSync(`${socket}.lock`, { force: true });
  rmSync(socket, { force: true });
}

/** Watches a process that is not our child: whether it is still the one that it was. */
export function watchProcess(pid: number): { isGone(): boolean } {
  const start = processStart(pid);
  return { isGone: () => !isAlive(pid) || processStart(pid) !== start };
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
