import { openAsBlob, statSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SingleBar } from 'cli-progress';
import { Command, Option } from 'commander';
import { Problem } from '../engine/index.ts';
import type { Import, RowError } from '../imports/index.ts';
import { type Client, clientFor } from './client.ts';
import { dataOption, wholeNumber } from './settings.ts';

interface ImportOptions {
  data: string;
  mapping?: string;
  errors: number;
}

export function importCommand(): Command {
  return new Command('import')
    .description('take in files of customers (CSV) through the running server')
    .argument('<file...>', 'CSV files, also gzipped')
    .addOption(dataOption())
    .option('--mapping <json>', 'which column is which attribute; guessed when not given')
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
  const made = await uploadFile(client, file, options.mapping);
  const done = await followImport(client, made, process.stderr.isTTY);
  const name = basename(file);
  if (done.status !== 'done') {
    throw new Problem(500, 'import_failed', `${name}: ${done.status}${done.error ? `: ${done.error}` : ''}`);
  }
  process.stdout.write(
    `${name}: ${done.rows.toLocaleString('en')} rows, ${done.rows_ok.toLocaleString('en')} taken, ${done.rows_bad.toLocaleString('en')} bad\n`,
  );
  if (done.rows_bad > 0) await listErrors(client, done, options.errors);
}

/** Sends the file as it lies on disk, without reading it into memory. */
export async function uploadFile(client: Client, file: string, mapping?: string): Promise<Import> {
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found?.isFile()) {
    throw new Problem(400, 'no_file', found ? `${file} is not a file.` : `There is no file ${file}.`);
  }
  const form = new FormData();
  if (mapping) form.append('mapping', mapping);
  form.append('file', await openAsBlob(file), basename(file));
  return client.send<Import>('POST', '/api/imports', { body: form });
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
