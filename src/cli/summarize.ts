import { SingleBar } from 'cli-progress';
import { Command, InvalidArgumentError } from 'commander';
import { pino } from 'pino';
import { Problem } from '../engine/index.ts';
import type { Difference, Progress, Report, SummarizeOptions } from '../summary/index.ts';
import { wholeNumber } from './settings.ts';

interface Options {
  out?: string;
  simple?: boolean;
  strict?: boolean;
  workDir?: string;
  memory: number;
  chunk?: number;
  fresh?: boolean;
  keep?: boolean;
  json?: boolean;
  verify?: string;
}

const help = `
Input: one JSON object a line, as a file, gzipped, or - for standard input (a killed run of which starts over):
  {"id":…,"type":"event","name":…,"user_id":…,"data":{…},"timestamp":…}
  {"id":…,"type":"attributes","user_id":…,"data":{…},"timestamp":…}
Output: one line a user, ascending by user_id: user_id,attribute=value,…,event=count,…
An attribute has its latest value by timestamp (ISO 8601, UTC where no zone stands; or Unix seconds; or, from
100000000000 on, milliseconds), on equal timestamps that of the later line. An event counts once for each id.
Numbers print as they stand in the input, objects and lists as compact JSON. Lines that cannot be counted are listed
in OUT.rejected: line number, tab, reason.

A run that was killed goes on where it stopped when the same command is given again.
Exit codes: 0 done, or the files agree; 1 it failed, or they differ; 2 wrong use, or with --strict a line that cannot
be counted.

Examples:
  rapport summarize activity.jsonl --out summary.txt
  rapport summarize --verify expected.txt summary.txt
`;

/** `rapport summarize`: the behaviour summary of a file, with nothing running. */
export function summarizeCommand(): Command {
  return new Command('summarize')
    .description('one line a person, of what they did and who they are, from a file of activity')
    .argument('[in]', 'the file of activity, or - for standard input; with --verify, the summary to compare')
    .option('--out <file>', 'the summary to write')
    .option('--simple', 'all in memory: short, slow, and the definition of right')
    .option('--strict', 'the first line that cannot be counted is an error')
    .option('--work-dir <dir>', 'where the work lies until it is done (default OUT.work)')
    .option('--memory <MB>', 'most resident memory, in MB', wholeNumber(600, 1_000_000), 1000)
    .option('--chunk <MB>', 'how much is read at a time, and again at most after a kill', megabytes)
    .option('--fresh', 'start over, whatever an earlier run did')
    .option('--keep', 'leave the work directory when done')
    .option('--json', 'report in JSON')
    .option('--verify <expected>', 'compare a summary, or the one just made, with this one')
    .addHelpText('after', help)
    .action(async (input: string | undefined, options: Options) => {
      if (options.verify && !options.out) return verify(options.verify, input);
      await run(input, options);
      if (options.verify) await verify(options.verify, options.out);
    });
}

function megabytes(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 10_000))
    throw new InvalidArgumentError('It must be a number of MB up to 10000.');
  return value;
}

async function run(input: string | undefined, options: Options): Promise<void> {
  if (!input || !options.out) {
    throw new Problem(400, 'usage', 'Say what to read and what to write: rapport summarize IN --out OUT.');
  }
  const { summarize } = await import('../summary/index.ts');
  if (input === '-' && !options.simple) {
    process.stderr.write(
      'Standard input cannot be read twice: if this run is killed it has to start over.\n',
    );
  }
  const bar = process.stderr.isTTY && !options.json ? progressBar() : undefined;
  const settings: SummarizeOptions = {
    input,
    out: options.out,
    memory: options.memory * 1e6,
    log: pino({ level: process.env.LOG_LEVEL ?? 'warn' }, pino.destination({ dest: 2, sync: true })),
    onResume: (resumed) => process.stderr.write(`${goingOn(resumed)}\n`),
    onProgress: (progress) => bar?.update(progress),
    ...(options.simple ? { simple: true } : {}),
    ...(options.strict ? { strict: true } : {}),
    ...(options.fresh ? { fresh: true } : {}),
    ...(options.keep ? { keep: true } : {}),
    ...(options.workDir ? { workDir: options.workDir } : {}),
    ...(options.chunk ? { chunkBytes: Math.ceil(options.chunk * 1e6) } : {}),
  };
  const report = await summarize(settings).finally(() => bar?.stop());
  process.stdout.write(
    options.json ? `${JSON.stringify(inWords(report))}\n` : `${told(report, options.out)}\n`,
  );
}

const goingOn = ({ chunks, lines, bytes, ranges }: NonNullable<Report['resumed']>) =>
  `Going on where an earlier run stopped: ${chunks} chunks (${lines.toLocaleString('en')} lines, ${(bytes / 1e6).toFixed(0)} MB) are read${ranges > 0 ? `, ${ranges} ranges of users are written` : ''}.`;

function inWords({ peakMemory, chunksRead, ...rest }: Report) {
  const seconds = Math.round(rest.seconds * 1000) / 1000;
  return {
    ...rest,
    seconds,
    peak_memory_bytes: peakMemory,
    chunks_read: chunksRead,
    resumed: rest.resumed ?? null,
  };
}

function told(
  { lines, users, events, attributes, nobody, rejected, seconds, peakMemory }: Report,
  out: string,
): string {
  const count = (n: number, word: string) => `${n.toLocaleString('en')} ${word}${n === 1 ? '' : 's'}`;
  const left = [
    nobody > 0 ? `${count(nobody, 'line')} without a user_id` : '',
    rejected > 0 ? `${count(rejected, 'line')} rejected (see ${out}.rejected)` : '',
  ].filter(Boolean);
  return [
    `${out}: ${count(users, 'user')} with ${count(attributes, 'attribute')} and ${count(events, 'event')} from ${count(lines, 'line')}`,
    ...left,
    `${seconds.toFixed(1)} s, at most ${Math.round(peakMemory / 1e6)} MB of memory`,
  ].join('; ');
}

/** One bar a phase, with what is left of it by its rate so far. */
function progressBar() {
  let bar: SingleBar | undefined;
  let phase: Progress['phase'] | undefined;
  let started = 0;
  let first = 0;
  return {
    update(progress: Progress) {
      if (progress.phase !== phase) {
        bar?.stop();
        phase = progress.phase;
        started = performance.now();
        first = progress.done;
        bar = new SingleBar({
          format: '{phase} {bar} {percentage}% | {read} | {lines} lines | {rate} | {left} left',
          hideCursor: true,
        });
        bar.start(progress.total ?? 0, 0, {});
      }
      const seconds = (performance.now() - started) / 1_000;
      const rate = seconds > 0 ? (progress.done - first) / seconds : 0;
      const left =
        progress.total === undefined || rate === 0
          ? '–'
          : `${Math.ceil((progress.total - progress.done) / rate)} s`;
      bar?.update(progress.done, {
        phase: progress.phase,
        read:
          phase === 'reading'
            ? `${(progress.done / 1e6).toFixed(0)} MB`
            : `${progress.done} of ${progress.total} ranges`,
        lines: progress.lines.toLocaleString('en'),
        rate: phase === 'reading' ? `${(rate / 1e6).toFixed(0)} MB/s` : `${rate.toFixed(0)} ranges/s`,
        left,
      });
    },
    stop: () => bar?.stop(),
  };
}

async function verify(expected: string, found: string | undefined): Promise<void> {
  if (!found)
    throw new Problem(400, 'usage', 'Say what to compare: rapport summarize --verify EXPECTED OUT.');
  const { compareSummaries } = await import('../summary/index.ts');
  const { lines, differences, total } = await compareSummaries(expected, found);
  if (total === 0) {
    process.stdout.write(`${found} is as expected: ${lines.toLocaleString('en')} lines.\n`);
    return;
  }
  process.stdout.write(
    `${found} differs from ${expected} in ${total.toLocaleString('en')} of ${lines.toLocaleString('en')} lines.\n`,
  );
  for (const difference of differences) process.stdout.write(`${shown(difference)}\n`);
  process.exitCode = 1;
}

/** Both lines from a little before where they part. */
function shown({ line, expected, found }: Difference): string {
  let at = 0;
  while (expected !== undefined && found !== undefined && at < expected.length && expected[at] === found[at])
    at++;
  const from = Math.max(0, at - 30);
  const part = (text: string | undefined) =>
    text === undefined
      ? '(no such line)'
      : `${from > 0 ? '…' : ''}${text.slice(from, from + 120)}${text.length > from + 120 ? '…' : ''}`;
  return `line ${line}, from character ${at + 1}\n  expected ${part(expected)}\n  found    ${part(found)}`;
}
