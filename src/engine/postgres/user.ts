import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { Problem } from '../problem.ts';

/** As whom, and how, PostgreSQL's programs are started. */
export interface RunAs {
  /** The owner of its files; undefined: the user we are. */
  owner: { uid: number; gid: number } | undefined;
  /** Options for `spawn`. */
  spawn: { uid?: number; gid?: number };
  /** Put before the program and its arguments. */
  prefix: string[];
}

const asOurselves: RunAs = { owner: undefined, spawn: {}, prefix: [] };

/**
 * PostgreSQL refuses to run as root, so under root it runs as the owner of the existing cluster, else as
 * `RAPPORT_POSTGRES_USER` (default `nobody`). When a directory on the way to its files or programs is
 * closed to that user (a home of mode 700), it is started with the one capability that lets it pass:
 * CAP_DAC_READ_SEARCH, through `setpriv` of util-linux.
 *
 * @param cluster the cluster's directory, perhaps not there yet
 * @param paths existing directories and files it must reach
 * @param program run once with `--version` to see that it can be started
 * @throws Problem `postgres_user` no such user; `postgres_closed` names the closed directory
 */
export function chooseUser(
  cluster: string,
  paths: string[],
  program: string,
  env: NodeJS.ProcessEnv = process.env,
): RunAs {
  if (process.getuid?.() !== 0) return asOurselves;
  const owner = ownerOf(cluster) ?? userNamed(env.RAPPORT_POSTGRES_USER ?? 'nobody');
  const closed = paths.map((path) => closedDirectory(path, owner)).find((path) => path !== undefined);
  if (closed === undefined) return { owner, spawn: owner, prefix: [] };
  const prefix = ['setpriv', `--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--clear-groups', ...CAPABILITY];
  const [command = '', ...args] = [...prefix, program, '--version'];
  const tried = spawnSync(command, args, { cwd: '/', encoding: 'utf8' });
  if (tried.status === 0) return { owner, spawn: {}, prefix };
  throw new Problem(
    500,
    'postgres_closed',
    `PostgreSQL cannot run as root, and the user with id ${owner.uid} cannot pass through ${closed}.`,
    {
      hint: `Choose a data directory elsewhere with --data, allow passing with "chmod o+x ${closed}", start Rapport as an ordinary user, or install util-linux (setpriv).`,
      cause: tried.error ?? tried.stderr,
    },
  );
}

/**
 * Passing and reading, nothing more. The securebit is for access(2), by which PostgreSQL looks for its
 * programs: without it that call forgets the capability, because the real user is not root.
 */
const CAPABILITY = [
  '--inh-caps=-all,+dac_read_search',
  '--ambient-caps=-all,+dac_read_search',
  '--securebits=+no_setuid_fixup',
];

function ownerOf(cluster: string): { uid: number; gid: number } | undefined {
  const found = statSync(cluster, { throwIfNoEntry: false });
  return found && found.uid !== 0 ? { uid: found.uid, gid: found.gid } : undefined;
}

function userNamed(name: string): { uid: number; gid: number } {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((text) => text.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  if (uid === undefined || gid === undefined || Number(uid) === 0) {
    throw new Problem(
      500,
      'postgres_user',
      `PostgreSQL cannot run as root, and there is no ordinary user ${JSON.stringify(name)} in /etc/passwd.`,
      { hint: 'Name one in RAPPORT_POSTGRES_USER, or start Rapport as an ordinary user.' },
    );
  }
  return { uid: Number(uid), gid: Number(gid) };
}

/** The first directory above (or at) the path, from the root down, which the user cannot pass through. */
function closedDirectory(path: string, user: { uid: number; gid: number }): string | undefined {
  const parent = dirname(path);
  const above = parent === path ? undefined : closedDirectory(parent, user);
  if (above !== undefined) return above;
  const { mode, uid, gid } = statSync(path);
  const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
  return (mode & bit) === 0 ? path : undefined;
}
