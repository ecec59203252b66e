import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  chownSync,
  closeSync,
  existsSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Problem } from '../problem.ts';
import type { Binaries } from './binaries.ts';
import type { RunAs } from './user.ts';

/** The superuser of the embedded cluster, the only one there is. */
export const SUPERUSER = 'rapport';

/** Where the parts of the embedded PostgreSQL lie. */
export interface Places {
  dataDir: string;
  cluster: string;
  passwordFile: string;
  logFile: string;
  /** Directory of the unix socket; undefined on Windows, where it is a loopback port. */
  socketDir: string | undefined;
}

export function placesIn(dataDir: string): Places {
  return {
    dataDir,
    cluster: join(dataDir, 'postgres'),
    passwordFile: join(dataDir, 'postgres.password'),
    logFile: join(dataDir, 'postgres.log'),
    socketDir: process.platform === 'win32' ? undefined : socketDirFor(dataDir),
  };
}

/** A socket's path holds about 100 bytes in the kernel's interface, so a deep data directory has its own elsewhere. */
function socketDirFor(dataDir: string): string {
  const near = join(dataDir, 'run');
  if (Buffer.byteLength(join(near, '.s.PGSQL.5432.lock')) <= 100) return near;
  const hash = createHash('sha256').update(dataDir).digest('hex').slice(0, 16);
  return join(tmpdir(), `rapport-${hash}`);
}

/** Makes the socket's directory, for PostgreSQL's user alone, and refuses one that somebody else made. */
export function makeSocketDir(dir: string, { owner }: RunAs): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const found = lstatSync(dir);
  const us = process.getuid?.();
  if (!found.isDirectory() || (found.uid !== us && found.uid !== owner?.uid)) {
    throw new Problem(
      500,
      'postgres_socket',
      `${dir}, where PostgreSQL's socket goes, belongs to somebody else.`,
      {
        hint: 'Remove it, or choose a data directory with a shorter path with --data.',
      },
    );
  }
  if (owner) chownSync(dir, owner.uid, owner.gid);
}

/**
 * The generated password of the cluster, made on first start.
 * @throws Problem `postgres_password` when there is a cluster but its password is lost
 */
export function passwordOf(places: Places): string {
  if (existsSync(places.passwordFile)) return readFileSync(places.passwordFile, 'utf8').trim();
  if (existsSync(places.cluster)) {
    throw new Problem(
      500,
      'postgres_password',
      `${places.passwordFile} is missing, so PostgreSQL cannot be entered.`,
      {
        hint: 'Restore the file from a backup of the data directory.',
      },
    );
  }
  const password = randomBytes(32).toString('base64url');
  const side = `${places.passwordFile}.new`;
  writeFileSync(side, password, { mode: 0o600, flush: true });
  renameSync(side, places.passwordFile);
  return password;
}

/**
 * Makes the cluster if it is not there. It is made in a side directory and renamed when complete, so a
 * kill in the middle leaves no half cluster.
 * @throws Problem `postgres_failed` with the last lines of initdb
 */
export async function makeCluster(
  places: Places,
  binaries: Binaries,
  runAs: RunAs,
  password: string,
): Promise<void> {
  if (existsSync(places.cluster)) return;
  await removeLeftovers(places.dataDir);
  const side = join(places.dataDir, `postgres.new.${process.pid}.${randomBytes(4).toString('hex')}`);
  mkdirSync(side, { mode: 0o700 });
  const passwordFile = join(side, 'password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (runAs.owner) for (const path of [passwordFile, side]) chownSync(path, runAs.owner.uid, runAs.owner.gid);
  await runInitdb(binaries.initdb, join(side, 'cluster'), passwordFile, runAs);
  renameSync(join(side, 'cluster'), places.cluster);
  if (process.platform !== 'win32') syncDirectory(places.dataDir);
  rmSync(side, { recursive: true, force: true });
}

async function runInitdb(initdb: string, cluster: string, passwordFile: string, runAs: RunAs): Promise<void> {
  const [command = '', ...args] = [
    ...runAs.prefix,
    initdb,
    `--pgdata=${cluster}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // PostgreSQL's own C.UTF-8: the same order of texts on every machine, and no locale of the system needed.
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    '--no-instructions',
  ];
  let output = '';
  const code = await new Promise<number | string>((resolve) => {
    const child = spawn(command, args, {
      ...runAs.spawn,
      cwd: '/',
      env: environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output = (output + text).slice(-4000);
      });
    }
    child.once('error', (error) => resolve(error.message));
    child.once('close', (status, signal) => resolve(status ?? signal ?? 'unknown'));
  });
  if (code === 0) return;
  throw new Problem(500, 'postgres_failed', `PostgreSQL's initdb failed (${code}): ${lastLines(output)}`, {
    hint: 'Mend what it says, or set DATABASE_URL to a PostgreSQL server of your own.',
  });
}

/** PostgreSQL's programs get nothing of our environment: it may hold secrets, and PG* variables mislead them. */
export function environment(): NodeJS.ProcessEnv {
  const { PATH, SystemRoot, TEMP, TMPDIR } = process.env;
  return Object.fromEntries(
    Object.entries({ PATH, SystemRoot, TEMP, TMPDIR, LC_ALL: 'C', TZ: 'UTC' }).filter(
      ([, value]) => value !== undefined,
    ),
  );
}

export const lastLines = (text: string, count = 5) => text.trim().split('\n').slice(-count).join('\n').trim();

/** @throws Problem `postgres_owner` when the cluster is another user's, which only root can work with */
export function refuseForeign(cluster: string): void {
  const us = process.getuid?.();
  const uid = statSync(cluster, { throwIfNoEntry: false })?.uid;
  if (us === undefined || us === 0 || uid === undefined || us === uid) return;
  throw new Problem(
    500,
    'postgres_owner',
    `${cluster} belongs to the user with id ${uid}, but Rapport runs as ${us}.`,
    {
      hint: `Start Rapport as the user who started it first, or give the files over: chown -R ${us} ${cluster}`,
    },
  );
}

/** What killed starts left. An initdb that still runs there ends when its directory is gone. */
async function removeLeftovers(dataDir: string) {
  for (const name of readdirSync(dataDir).filter((entry) => entry.startsWith('postgres.new.'))) {
    await rm(join(dataDir, name), { recursive: true, force: true, maxRetries: 3 }).catch(() => {});
  }
}

function syncDirectory(dir: string) {
  const fd = openSync(dir, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
