import { openAsBlob, statSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SingleBar } from 'cli-progress';
import { Command, Option } from 'commander';
import { Problem } from '../engine/index.ts';
import type { Import, Preview, RowError } from '../imports/index.ts';
import { type Client, clientFor } from './client.ts';
import { dataOption, wholeNumber } from './settings.ts';

interface ImportOptions {
  data: string;
  mapping?: string;
  maxBad?: number;
  errors: number;
}

export function importCommand(): Command {
  return new Command('import')
    .description(
      'take in files of customers (CSV), of messages or of activity (JSON Lines) through the running server',
    )
    .argument('<file...>', 'CSV or JSON Lines files, also gzipped')
    .addOption(dataOption())
    .option('--mapping <json>', 'which column is which attribute; as last time or guessed when not given')
    .option(
      '--max-bad <percent>',
      'stop when more rows are bad; 100 takes in all the good ones',
      wholeNumber(0, 100),
    )
    .addOption(
      new Option('--errors <number>', 'how many bad rows to list')
        .default(10)
        .argParser(wholeNumber(0, 1_000)),
    )
    .addHelpText(
      'after',
      '\nExit codes: 0 all rows taken or listed as bad, 1 a file failed, 2 wrong use.\nThe same file twice changes nothing.\n',
    )
    .action(async (files: string[], options: ImportOptions) => {
      const client = clientFor(options.data);
      for (const file of files) await importOne(client, file, options);
    });
}

async function importOne(client: Client, file: string, options: ImportOptions): Promise<void> {
  const name = basename(file);
  const found = await lookAt(client, file, options.mapping);
  if (found) process.stdout.write(`${name}: ${found}\n`);
  const made = await uploadFile(client, file, options.mapping, options.maxBad);
  const done = await followImport(client, made, process.stderr.isTTY);
  if (done.status !== 'done') {
    const message = `${name}: ${done.status}${done.error ? `: ${done.error}` : ''}`;
    const hint = `What is wrong: ${client.url}/api/imports/${done.id}/errors.csv. To take in the good rows all the same: rapport import --max-bad 100`;
    throw new Problem(500, 'import_failed', message, done.can_continue ? { hint } : {});
  }
  if (done.duplicate_of) process.stdout.write(`${name}: taken in before; nothing was changed\n`);
  process.stdout.write(
    `${name}: ${done.rows.toLocaleString('en')} rows, ${done.rows_ok.toLocaleString('en')} taken, ${done.rows_bad.toLocaleString('en')} bad\n`,
  );
  if (done.rows_bad > 0) await listErrors(client, done, options.errors);
}

/** Sends the file as it lies on disk, without reading it into memory. */
export async function uploadFile(
  client: Client,
  file: string,
  mapping?: string,
  maxBad?: number,
): Promise<Import> {
  expectFile(file);
  const form = formOf(mapping);
  if (maxBad !== undefined) form.append('max_bad_share', String(maxBad / 100));
  form.append('file', await openAsBlob(file), basename(file));
  return client.send<Import>('POST', '/api/imports', { body: form });
}

function expectFile(file: string): void {
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found?.isFile()) {
    throw new Problem(400, 'no_file', found ? `${file} is not a file.` : `There is no file ${file}.`);
  }
}

function formOf(mapping: string | undefined): FormData {
  const form = new FormData();
  if (mapping) form.append('mapping', mapping);
  return form;
}

/** The server looks at the first megabyte; a little more tells it that the file goes on. */
const SAMPLE_BYTES = 1.25 * 1024 * 1024;
const delimiters: Record<string, string> = { ',': 'commas', ';': 'semicolons', '\t': 'tabs', '|': 'bars' };

/** What a file is and how its columns are understood, for people; undefined where the import itself will say what is wrong. */
async function lookAt(
  client: Client,
  file: string,
  mapping: string | undefined,
): Promise<string | undefined> {
  expectFile(file);
  const form = formOf(mapping);
  form.append('file', (await openAsBlob(file)).slice(0, SAMPLE_BYTES), basename(file));
  const found = await client
    .send<Preview>('POST', '/api/imports/preview', { body: form })
    .catch((error) => (error instanceof Problem && error.status < 500 ? undefined : Promise.reject(error)));
  if (!found) return undefined;
  if (found.format !== 'csv') return `JSON Lines of ${found.format}`;
  const mark = found.delimiter ?? '';
  const wide = Math.max(...found.columns.map(({ header }) => header.length));
  const lines = found.columns.map(({ header, attribute, kind, ambiguous }) => {
    const becomes = attribute === null ? 'left out' : attribute + (kind === 'string' ? '' : `, ${kind}`);
    const key = attribute !== null && attribute === found.identity ? '; rows are known by it' : '';
    const either =
      ambiguous === null ? '' : `; ${ambiguous} can be read in two ways: say which with --mapping`;
    return `  ${header.padEnd(wide)} → ${becomes}${key}${either}`;
  });
  const how = found.remembered ? 'columns as last time' : mapping ? 'columns as given' : 'columns guessed';
  return [`CSV divided by ${delimiters[mark] ?? mark}, ${found.encoding}, ${how}`, ...lines].join('\n');
}

/** Waits for the end of an import, with a progress bar when a person is looking. */
export async function followImport(client: Client, made: Import, withBar: boolean): Promise<Import> {
  const bar = withBar
    ? new SingleBar({
        format: '{bar} {percentage}% | {rows} rows | {rate} rows/s | {left} left',
        hideCursor: true,
      })
    : undefined;
  bar?.start(made.bytes, 0, { rows: 0, rate: 0, left: '–' });
  for (;;) {
    const now = await client.get<Import>(`/api/imports/${made.id}`).catch((cause) => {
      bar?.stop();
      throw new Problem(503, 'server_gone', 'The server stopped answering in the middle of the import.', {
        hint: 'The file is stored: the import goes on by itself at the next start. The page shows it under Imports.',
        cause,
      });
    });
    bar?.update(now.bytes_read, {
      rows: now.rows,
      rate: Math.round(now.rows_per_second ?? 0),
      left: now.seconds_left == null ? '–' : `${Math.ceil(now.seconds_left)} s`,
    });
    if (now.status !== 'queued' && now.status !== 'running') {
      bar?.stop();
      return now;
    }
    await sleep(150);
  }
}

async function listErrors(client: Client, done: Import, limit: number): Promise<void> {
  const { items } = await client.get<{ items: RowError[] }>(`/api/imports/${done.id}/errors?limit=${limit}`);
  for (const { line, column, reason } of items) {
    process.stdout.write(`  line ${line}${column ? `, ${column}` : ''}: ${reason}\n`);
  }
  process.stdout.write(`  all of them: ${client.url}/api/imports/${done.id}/errors.csv\n`);
}
