import { randomBytes } from 'node:crypto';
import {
  accessSync,
  chmodSync,
  constants,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Problem } from './problem.ts';
import { isAlive, processStart } from './processes.ts';

/** The hold on a data directory. */
export interface DataDirLock {
  /** Lets others have it. */
  release(): void;
}

/**
 * Makes the data directory if it is not there, checks that it can be written, and holds it for this
 * process by `<dataDir>/rapport.pid` (process id and, where the system tells, its start time, so that a
 * process id used again by something else does not count). A hold left by a killed process is replaced.
 *
 * @throws Problem `data_dir_unusable` when it cannot be made or written, `data_dir_held` when a live process holds it
 */
export function holdDataDir(dataDir: string): DataDirLock {
  makeWritable(dataDir);
  const file = join(dataDir, 'rapport.pid');
  const mine = `${process.pid} ${processStart(process.pid) ?? ''}\n`;
  // Written aside and linked: the name appears with its content, and for one process only.
  const side = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  writeFileSync(side, mine, { mode: 0o644 });
  try {
    for (let attempt = 0; ; attempt++) {
      try {
        linkSync(side, file);
        break;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        const holder = liveHolder(file);
        if (holder !== undefined || attempt > 10) throw held(dataDir, holder);
        removeStale(file);
      }
    }
  } finally {
    rmSync(side, { force: true });
  }
  return {
    release() {
      if (readIfThere(file) === mine) rmSync(file, { force: true });
    },
  };
}

function makeWritable(dataDir: string) {
  try {
    if (mkdirSync(dataDir, { recursive: true, mode: 0o700 }) !== undefined && process.getuid?.() === 0) {
      // PostgreSQL does not run as root: its user must be able to pass through, though not to look around.
      chmodSync(dataDir, 0o711);
    }
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
    // Asking is not enough: a read-only or full file system says so only when written to.
    const probe = join(dataDir, `.writable.${process.pid}`);
    writeFileSync(probe, '');
    rmSync(probe);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const who = process.getuid ? ` by the user with id ${process.getuid()}` : '';
    throw new Problem(
      500,
      'data_dir_unusable',
      `The data directory ${dataDir} cannot be written${who} (${code}).`,
      {
        hint: 'Give that user the directory (chown), or choose another one with --data.',
        cause,
      },
    );
  }
}

/** The process id of the live holder, or undefined when the file is stale or gone. */
function liveHolder(file: string): number | undefined {
  const [pidText = '', start = ''] = (readIfThere(file) ?? '').trim().split(' ');
  const pid = Number(pidText);
  // Our own id in a file we did not write is that of a process that had it before (containers start at 1).
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid)) return undefined;
  const now = processStart(pid);
  if (now !== undefined && start !== '') return now === start ? pid : undefined;
  return pid === process.pid ? undefined : pid;
}

/** Takes the stale file away by its name, in such a way that only one of two starters does. */
function removeStale(file: string) {
  const aside = `${file}.stale.${process.pid}`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  // Between reading and renaming another starter may have replaced it with a live hold: give it back.
  if (liveHolder(aside) !== undefined) {
    try {
      linkSync(aside, file);
    } catch {
      // Somebody holds it already, which is what matters.
    }
  }
  rmSync(aside, { force: true });
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function held(dataDir: string, holder: number | undefined) {
  const by = holder === undefined ? 'another Rapport that is starting' : `Rapport with process id ${holder}`;
  return new Problem(409, 'data_dir_held', `The data directory ${dataDir} is held by ${by}.`, {
    hint: 'Stop it first, or choose another directory with --data.',
  });
}
