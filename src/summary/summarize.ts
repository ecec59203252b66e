import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { openScratchClickHouse, Problem } from '../engine/index.ts';
import { inspectInput } from './input.ts';
import type { Report, SummarizeOptions } from './options.ts';
import { type Counts, type Rejected, summarizeInMemory } from './simple.ts';
import { summarizeInStore } from './store.ts';
import { renameDurably } from './work.ts';

/**
 * Summarises a file of activity: one line a user. OUT appears whole or not at all; `OUT.rejected` lists lines that
 * could not be counted, if there are any.
 *
 * @param openStore for tests that summarise many files in one process, which can open an engine once
 * @throws Problem 400 `rejected_line` (with `strict`), `no_input`; 409 `input_changed`, `work_held`
 */
export async function summarize(
  options: SummarizeOptions,
  openStore: typeof openScratchClickHouse = openScratchClickHouse,
): Promise<Report> {
  const started = performance.now();
  const whole: SummarizeOptions = { ...options, out: resolve(options.out) };
  if (whole.input !== '-') whole.input = resolve(whole.input);
  checkOut(whole);
  const { counts, resumed, chunksRead } = whole.simple
    ? { counts: await simply(whole), resumed: undefined, chunksRead: 0 }
    : await summarizeInStore(whole, { partial: partialOf(whole.out), strictly, finish, openStore });
  return {
    ...counts,
    seconds: (performance.now() - started) / 1_000,
    peakMemory: peakMemory(),
    resumed,
    chunksRead,
  };
}

const partialOf = (out: string) => `${out}.partial`;

function checkOut({ input, out }: SummarizeOptions): void {
  if (!existsSync(dirname(out)))
    throw new Problem(400, 'no_folder', `There is no folder ${dirname(out)} to write to.`);
  if (statSync(out, { throwIfNoEntry: false })?.isDirectory() || out === input) {
    throw new Problem(
      400,
      'bad_out',
      `${out} cannot be written: it is ${out === input ? 'the input' : 'a folder'}.`,
    );
  }
}

async function simply({ input, out, strict }: SummarizeOptions): Promise<Counts> {
  inspectInput(input);
  const rejected: Rejected[] = [];
  const counts = await summarizeInMemory(input, partialOf(out), (line) => {
    if (strict) throw strictly(line);
    rejected.push(line);
  });
  finish(out, rejected);
  return counts;
}

const strictly = ({ line, reason }: Rejected) =>
  new Problem(400, 'rejected_line', `Line ${line}: ${reason}.`, {
    hint: 'Without --strict such lines are listed in OUT.rejected and the rest is summarised.',
  });

/** The list of rejected lines first, then OUT: where OUT is, everything is. */
function finish(out: string, rejected: Iterable<Rejected>): void {
  const list = `${out}.rejected`;
  const side = join(dirname(list), `${basename(list)}.new`);
  const fd = openSync(side, 'w');
  let bytes = 0;
  try {
    for (const { line, reason } of rejected)
      bytes += writeSync(fd, `${line}\t${reason.replaceAll(/[\t\r\n]+/g, ' ')}\n`);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  if (bytes > 0) renameDurably(side, list);
  else {
    rmSync(side);
    rmSync(list, { force: true });
  }
  renameDurably(partialOf(out), out);
}

function peakMemory(): number {
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    if (kilobytes) return Number(kilobytes) * 1024;
  } catch {
    // Not Linux.
  }
  return process.resourceUsage().maxRSS * 1024;
}
