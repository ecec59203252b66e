import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeActivity } from '../../src/summary/index.ts';
import { runCommand } from '../support/process.ts';

const kills = 10;
const folder = mkdtempSync(join(tmpdir(), 'rapport-kill-'));
const at = (name: string) => join(folder, name);
const command = fileURLToPath(new URL('../../bin/rapport.js', import.meta.url));
const args = ['summarize', at('activity.jsonl'), '--out', at('out.txt'), '--chunk', '4', '--json'];

beforeAll(() => {
  const size = {
    seed: 1560980000,
    count: 10_000,
    attrs: 20,
    events: 300_000,
    maxevents: 500,
    dupes: 10,
    anon: 500,
  };
  writeActivity({ ...size, out: at('activity.jsonl'), verify: at('expected.txt') });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Checkpoint {
  chunks: { index: number }[];
  answered: number;
}

function checkpoint(): Checkpoint {
  try {
    return JSON.parse(readFileSync(at('out.txt.work/checkpoint.json'), 'utf8')) as Checkpoint;
  } catch {
    return { chunks: [], answered: 0 };
  }
}

const steps = ({ chunks, answered }: Checkpoint) => chunks.length + answered;

/** Kills it a random moment after it has done some steps more, in its own process group, with SIGKILL. */
async function runAndKill(more: number): Promise<boolean> {
  const before = steps(checkpoint());
  const child: ChildProcess = spawn(process.execPath, [command, ...args], { stdio: 'ignore' });
  const exited = once(child, 'exit');
  while (child.exitCode === null && steps(checkpoint()) < before + more) await sleep(5);
  await sleep(Math.random() * 150);
  const killed = child.kill('SIGKILL');
  await exited;
  return killed;
}

test(`${kills} kills at random moments: the same bytes, and no finished chunk is read again`, {
  timeout: 120_000,
}, async () => {
  let finished: number[] = [];
  for (let n = 0; n < kills; n++) {
    expect(await runAndKill(Math.floor(Math.random() * 3))).toBe(true);
    expect(existsSync(at('out.txt'))).toBe(false);
    const now = checkpoint().chunks.map(({ index }) => index);
    // What was finished stays finished, in the order it was.
    expect(now.slice(0, finished.length)).toEqual(finished);
    expect(new Set(now).size).toBe(now.length);
    finished = now;
  }
  const last = await runCommand(args);
  expect(last.code).toBe(0);
  const report = JSON.parse(last.stdout) as { chunks_read: number; users: number; resumed: object };
  expect(last.stderr).toMatch(/Going on where an earlier run stopped/);
  expect(report.chunks_read).toBe(Math.ceil(84_260_922 / 4_000_000) - finished.length);
  expect(readFileSync(at('out.txt')).equals(readFileSync(at('expected.txt')))).toBe(true);
  expect(existsSync(at('out.txt.work'))).toBe(false);
});

test('a changed input, a second run and a wrong line are refused in words', { timeout: 60_000 }, async () => {
  rmSync(at('out.txt'));
  expect(await runAndKill(1)).toBe(true);
  appendFileSync(at('activity.jsonl'), 'not JSON\n');
  const changed = await runCommand(args);
  expect(changed.code).toBe(1);
  expect(changed.stderr).toMatch(/has changed since the run began \(its size\)[\s\S]*--fresh/);

  const strict = runCommand([...args, '--fresh', '--strict']);
  while (!existsSync(at('out.txt.work/rapport.pid')) || steps(checkpoint()) > 1) await sleep(5);
  const second = await runCommand(args);
  expect(second.code).toBe(1);
  expect(second.stderr).toMatch(/Another run works in/);
  const { code, stderr } = await strict;
  expect(code).toBe(2);
  expect(stderr).toMatch(/Line 402351: not valid JSON/);
  expect(existsSync(at('out.txt'))).toBe(false);
});
