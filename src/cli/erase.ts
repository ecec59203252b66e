import { createInterface } from 'node:readline/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { Problem } from '../engine/index.ts';
import type { Erasure } from '../log/index.ts';
import { type Client, inWorkspace } from './client.ts';
import { table } from './output.ts';
import { dataOption } from './settings.ts';

interface Options {
  data: string;
  workspace?: string;
  yes?: true;
  list?: true;
  allow?: string;
}

export function eraseCommand(): Command {
  return new Command('erase')
    .description('erase a person from the log and everything made of it, for good')
    .argument('[person]', 'the user id; anonymous ids joined to it go too')
    .addOption(dataOption())
    .option('--workspace <id>', 'the workspace; the first one when not given')
    .option('--yes', 'do not ask')
    .option('--list', 'list what was erased and when; holds no personal data')
    .option('--allow <person>', 'take messages about an erased person again; what was erased stays so')
    .addHelpText(
      'after',
      `
What is sent of the person afterwards (a retry, an old file) is refused; only keyed hashes of the ids are kept for that.
The receipt tells what was erased where. Copies made before (backups, exports) are yours to erase, and so is what lists
held elsewhere say of the person: Rapport reads them, and takes nothing of the person from them any more.

Examples:
  rapport erase customer-4711
  rapport erase --list
  rapport erase --allow customer-4711
`,
    )
    .action(async (person: string | undefined, { data, workspace, yes, list, allow }: Options) => {
      const client = inWorkspace(data, workspace);
      if (list) return listErasures(client);
      if (allow !== undefined) {
        await client.delete(`/api/people/${encodeURIComponent(allow)}/erase`);
        return void process.stdout.write('Messages about this person are taken again.\n');
      }
      if (!person) {
        throw new Problem(400, 'nobody_named', 'Who is to be erased?', {
          hint: 'rapport erase <user id>, as the page shows it under People',
        });
      }
      if (!yes) await confirm(person);
      const { id } = await client.post<Erasure>(`/api/people/${encodeURIComponent(person)}/erase`);
      receipt(await finished(client, id));
    });
}

async function confirm(person: string): Promise<void> {
  if (!process.stdin.isTTY) {
    throw new Problem(400, 'not_confirmed', 'Erasing cannot be taken back.', {
      hint: 'To do it, add --yes.',
    });
  }
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await asking.question(`Erase ${person} for good? Type the id again: `);
  asking.close();
  if (answer.trim() !== person) throw new Problem(400, 'not_confirmed', 'Nothing was erased.');
}

async function finished(client: Client, id: string): Promise<Erasure> {
  for (;;) {
    const now = await client.get<Erasure>(`/api/erasures/${id}`).catch((cause) => {
      throw new Problem(503, 'server_gone', 'The server stopped answering.', {
        hint: 'The erasure goes on by itself at the next start. To see it: rapport erase --list',
        cause,
      });
    });
    if (now.status === 'done') return now;
    await sleep(200);
  }
}

function receipt({ id, ids, removed, finished_at, bytes_gone_by }: Erasure): void {
  const rows = removed.filter(({ count }) => count > 0).map(({ place, count }) => [place, count]);
  process.stdout.write(`Erased at ${finished_at}: ${ids === 1 ? 'one id' : `${ids} ids`}. Receipt ${id}\n`);
  if (rows.length > 0) process.stdout.write(`${table([['place', 'rows'], ...rows])}\n`);
  if (removed.some(({ place, count }) => place === 'connection_records' && count > 0)) {
    process.stdout.write(
      'A connected list had the person: delete them there as well. Nothing of them is taken from it any more.\n',
    );
  }
  process.stdout.write(`The files that held it are gone from the disk by ${bytes_gone_by}.\n`);
}

async function listErasures(client: Client): Promise<void> {
  const { items } = await client.get<{ items: Erasure[] }>('/api/erasures');
  if (items.length === 0) return void process.stdout.write('Nobody was erased yet.\n');
  const rows = items.map(({ id, status, ids, removed, asked_by, created_at, finished_at }) => [
    id,
    status,
    ids,
    removed.reduce((sum, { count }) => sum + count, 0),
    asked_by,
    created_at,
    finished_at ?? '',
  ]);
  process.stdout.write(`${table([['id', 'state', 'ids', 'rows', 'asked by', 'asked', 'done'], ...rows])}\n`);
}
