import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import type { ShownConnection, ShownRun } from '../connections/index.ts';
import { Problem } from '../engine/index.ts';
import { type Client, clientFor } from './client.ts';
import { dataOption } from './settings.ts';

interface SyncOptions {
  data: string;
  all?: boolean;
  full?: boolean;
}

const pollMs = 200;

export function syncCommand(): Command {
  return new Command('sync')
    .description('bring connections up to date now, and wait until they are')
    .argument('[connection]', 'id or name, as "rapport connections" lists them')
    .option('--all', 'every connection that is not paused')
    .option('--full', 'read the whole list, and find who is no longer on it')
    .addOption(dataOption())
    .addHelpText(
      'after',
      '\nExit codes: 0 in sync, 1 one failed (its trouble is told), 2 wrong use.\nCtrl-C ends the waiting; the server goes on.\n',
    )
    .action(async (named: string | undefined, options: SyncOptions) => {
      const client = clientFor(options.data);
      const { items } = await client.get<{ items: ShownConnection[] }>('/api/connections');
      const chosen = choose(items, named, options.all ?? false);
      const asked = new Map<string, number>();
      for (const { id } of chosen) asked.set(id, await ask(client, id, options.full ?? false));
      const failed = await follow(client, asked);
      if (failed > 0) process.exitCode = 1;
    });
}

function choose(items: ShownConnection[], named: string | undefined, all: boolean): ShownConnection[] {
  const hint = 'rapport connections lists them.';
  if (all === (named !== undefined)) {
    throw new Problem(400, 'which', 'Name one connection, or give --all.', { hint });
  }
  if (all) return items.filter(({ state }) => state !== 'paused');
  const found = items.filter(({ id, name }) => id === named || name === named);
  if (found.length === 0) {
    throw new Problem(404, 'not_found', `There is no connection ${JSON.stringify(named)}.`, { hint });
  }
  return found;
}

/** Asks for a run; answers the server's time of it, since runs that began earlier do not count. */
async function ask(client: Client, id: string, full: boolean): Promise<number> {
  const made = await client.post<ShownConnection>(`/api/connections/${id}/${full ? 'full' : 'run'}`);
  return Date.parse(made.next_run_at ?? made.created_at);
}

/** Waits for a run of each, and tells how it went. Answers how many failed. */
async function follow(client: Client, asked: Map<string, number>): Promise<number> {
  const waiting = new Map(asked);
  let failed = 0;
  while (waiting.size > 0) {
    await sleep(pollMs);
    const shown = await look(client, [...waiting.keys()]);
    for (const [id, since] of waiting) {
      const one = shown.get(id);
      const run = one?.last_run;
      const begun = run && Date.parse(run.started_at) >= since ? run : undefined;
      if (one && one.state !== 'paused' && begun?.status !== 'done' && begun?.status !== 'failed') continue;
      waiting.delete(id);
      clearProgress();
      const good = one !== undefined && begun?.status === 'done';
      if (!good) failed++;
      process.stdout.write(`${told(one, begun)}\n`);
    }
    showProgress([...waiting.keys()].flatMap((id) => shown.get(id) ?? []));
  }
  clearProgress();
  return failed;
}

async function look(client: Client, ids: string[]): Promise<Map<string, ShownConnection>> {
  const one = ids.length === 1 ? await client.get<ShownConnection>(`/api/connections/${ids[0]}`) : undefined;
  const items = one ? [one] : (await client.get<{ items: ShownConnection[] }>('/api/connections')).items;
  return new Map(items.map((item) => [item.id, item]));
}

function told(one: ShownConnection | undefined, run: ShownRun | undefined): string {
  if (!one) return 'A connection was removed meanwhile.';
  if (!run || one.state === 'paused') return `${one.name}: was paused`;
  const count = (n: number) => n.toLocaleString('en');
  if (run.status === 'failed') {
    const { message, hint } = run.error ?? { message: 'it failed', hint: null };
    return `${one.name}: ${message}${hint ? `\n  ${hint}` : ''}`;
  }
  const refused = run.refused > 0 ? `, ${count(run.refused)} refused` : '';
  const found =
    run.kind === 'probe'
      ? 'nothing changed'
      : `${count(run.seen)} read, ${count(run.changed)} changed, ${count(run.removed)} removed${refused}`;
  return `${one.name}: in sync as of ${run.as_of}; ${found}; ${count(run.calls)} calls, ${count(run.bytes)} bytes, ${((run.duration_ms ?? 0) / 1_000).toFixed(1)} s`;
}

/** One line, where a person is looking. */
function showProgress(running: ShownConnection[]): void {
  const [one] = running;
  if (!process.stderr.isTTY || !one) return;
  const run = one.last_run?.status === 'running' ? one.last_run : undefined;
  const of = run?.expected ? ` of ${run.expected.toLocaleString('en')}` : '';
  const done = run
    ? `${run.seen.toLocaleString('en')}${of} read, ${run.changed.toLocaleString('en')} changed`
    : 'waiting';
  const others = running.length > 1 ? ` and ${running.length - 1} more` : '';
  process.stderr.write(`\r\u001b[K${one.name}: ${done}${others}`);
}

function clearProgress(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
}
