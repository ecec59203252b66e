import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { holdDataDir } from './lock.ts';
import { Problem } from './problem.ts';
import { processStart } from './processes.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'rapport-lock-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function problemOf(action: () => unknown): Problem {
  try {
    action();
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

it('makes the directory, holds it and lets it go', () => {
  const data = join(dir, 'deep', 'data');
  const lock = holdDataDir(data);
  expect(readFileSync(join(data, 'rapport.pid'), 'utf8')).toMatch(new RegExp(`^${process.pid} `));
  lock.release();
  expect(readdirSync(data)).toEqual([]);
  holdDataDir(data).release();
});

it('says who holds it', () => {
  const lock = holdDataDir(dir);
  const problem = problemOf(() => holdDataDir(dir));
  expect(problem.code).toBe('data_dir_held');
  expect(problem.message).toContain(`process id ${process.pid}`);
  expect(problem.hint).toContain('--data');
  lock.release();
});

it.skipIf(!existsSync('/proc/self/stat'))(
  'replaces the hold of a killed process and of a process id used again',
  async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    const pid = child.pid!;
    writeFileSync(join(dir, 'rapport.pid'), `${pid} ${processStart(pid)}\n`);
    expect(problemOf(() => holdDataDir(dir)).message).toContain(String(pid));
    writeFileSync(join(dir, 'rapport.pid'), `${pid} 1@another-boot\n`);
    holdDataDir(dir).release();

    writeFileSync(join(dir, 'rapport.pid'), `${pid} ${processStart(pid)}\n`);
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
    holdDataDir(dir).release();
    // Rubbish, or nothing because the machine lost power, holds nothing.
    for (const text of ['', 'rubbish', '-1 5']) {
      writeFileSync(join(dir, 'rapport.pid'), text);
      holdDataDir(dir).release();
    }
    expect(readdirSync(dir)).toEqual([]);
  },
);

it('says when the directory cannot be made or written', () => {
  writeFileSync(join(dir, 'file'), '');
  const problem = problemOf(() => holdDataDir(join(dir, 'file', 'data')));
  expect(problem.code).toBe('data_dir_unusable');
  expect(problem.message).toContain(join(dir, 'file', 'data'));
  if (process.getuid?.() !== 0) {
    chmodSync(dir, 0o500);
    expect(problemOf(() => holdDataDir(dir)).message).toContain(`user with id ${process.getuid?.()}`);
    chmodSync(dir, 0o700);
  }
});
