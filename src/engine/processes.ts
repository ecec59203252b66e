import { readFileSync } from 'node:fs';

/** Whether a process with this id exists; one of another user counts. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  // A zombie keeps its id until its parent looks; it holds nothing any more.
  return procStat(pid)?.state !== 'Z';
}

/**
 * When the process started, in clock ticks since the machine did, with the machine's boot id: the
 * same pid with another start is another process. Undefined where there is no /proc.
 */
export function processStart(pid: number): string | undefined {
  const start = procStat(pid)?.start;
  if (start === undefined) return undefined;
  return `${start}@${readText('/proc/sys/kernel/random/boot_id')?.trim() ?? ''}`;
}

/** The command line of a process, or undefined where there is no /proc or no such process. */
export function commandLine(pid: number): string[] | undefined {
  return readText(`/proc/${pid}/cmdline`)?.split('\0').slice(0, -1);
}

function procStat(pid: number): { state: string; start: string } | undefined {
  const text = readText(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  // The second field is the program's name in parentheses and may hold anything, also spaces and ')'.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', start: fields[19] ?? '' };
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
