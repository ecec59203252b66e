import { setTimeout as sleep } from 'node:timers/promises';
import { SingleBar } from 'cli-progress';
import { Command } from 'commander';
import { Problem } from '../engine/index.ts';
import type { Reprocessing } from '../log/index.ts';
import { type Client, clientFor } from './client.ts';
import { table } from './output.ts';
import { dataOption } from './settings.ts';

interface Options {
  data: string;
  from?: string;
  to?: string;
  workspace?: string;
  people?: true;
  wait: boolean;
}

const steps: Record<Reprocessing['step'], string> = {
  prepare: 'preparing',
  events: 'deriving events',
  profiles: 'deriving people',
  verify: 'counting again',
  join: 'catching up',
  swap: 'changing over',
  mark: 'marking hours',
  clear: 'clearing up',
};

export function reprocessCommand(): Command {
  const reprocess = new Command('reprocess')
    .description("derive past messages again with today's processing, while the server goes on")
    .addOption(dataOption())
    .option(
      '--from <time>',
      'messages received from this day (2026-01-31) or time on; else from the beginning',
    )
    .option('--to <time>', 'messages received before this day or time; else up to now')
    .option('--workspace <id>', 'of this workspace only; else of all')
    .option('--people', 'attributes and identities too; always when there is neither --from nor --to')
    .option('--no-wait', 'do not wait for the end')
    .addHelpText(
      'after',
      `
Answers stay as they are until everything is derived and counted, and then change at once. It goes on when this
command is interrupted or the server is started again: "follow" shows it, "cancel" stops it and changes nothing.
Exit codes: 0 done, 1 failed or cancelled, 2 wrong use.

Examples:
  rapport reprocess                                    everything there is
  rapport reprocess --from 2026-03-01 --to 2026-04-01  messages received in March (UTC)
  rapport reprocess list
  rapport reprocess cancel
`,
    )
    .action(async ({ data, from, to, workspace, people, wait }: Options) => {
      const client = clientFor(data);
      // An API key is of one workspace; only the machine itself reaches all.
      const all = process.env.RAPPORT_API_KEY ? undefined : 'all';
      const body = { from, to, workspace: workspace ?? all, profiles: people };
      const made = await client.post<Reprocessing>('/api/reprocess', body);
      if (wait) return finish(await follow(client, made));
      process.stdout.write(`${made.id}\n`);
    });
  const dataOf = (_: unknown, command: Command) => command.optsWithGlobals<{ data: string }>().data;

  reprocess
    .command('list')
    .description('what was reprocessed, and how far it is; the newest first')
    .action(async (options, command: Command) => {
      const items = await list(clientFor(dataOf(options, command)));
      if (items.length === 0) return void process.stdout.write('Nothing was reprocessed yet.\n');
      const rows = items.map((one) => [
        one.id,
        one.status === 'running' ? `${steps[one.step]} ${share(one)}` : one.status,
        one.from.startsWith('1970') ? 'the beginning' : one.from.slice(0, 16),
        one.to.slice(0, 16),
        one.workspace ?? 'all',
        one.messages,
      ]);
      process.stdout.write(`${table([['id', 'state', 'from', 'to', 'workspace', 'messages'], ...rows])}\n`);
    });

  reprocess
    .command('follow')
    .description('show how far the one under way is, until it ends')
    .argument('[id]', 'id as listed; the one under way when not given')
    .action(async (id: string | undefined, options, command: Command) => {
      const client = clientFor(dataOf(options, command));
      finish(await follow(client, await underWay(client, id)));
    });

  reprocess
    .command('cancel')
    .description('cancel the one under way; nothing was changed by it')
    .argument('[id]', 'id as listed; the one under way when not given')
    .action(async (id: string | undefined, options, command: Command) => {
      const client = clientFor(dataOf(options, command));
      const one = await underWay(client, id);
      await client.post(`/api/reprocess/${encodeURIComponent(one.id)}/cancel`);
      process.stdout.write('Cancelled. Everything is as it was before.\n');
    });
  return reprocess;
}

const list = async (client: Client) => (await client.get<{ items: Reprocessing[] }>('/api/reprocess')).items;

async function underWay(client: Client, id: string | undefined): Promise<Reprocessing> {
  if (id) return client.get<Reprocessing>(`/api/reprocess/${encodeURIComponent(id)}`);
  const items = await list(client);
  const one =
    items.find(({ status }) => status === 'running') ?? items.findLast(({ status }) => status === 'queued');
  if (!one) throw new Problem(404, 'nothing_under_way', 'No reprocessing is under way.');
  return one;
}

const share = ({ messages, messages_done }: Reprocessing) =>
  messages === 0 ? '' : `${Math.floor((100 * messages_done) / messages)} %`;

const timeLeft = (seconds: number) =>
  seconds < 100
    ? `${seconds} s`
    : seconds < 6_000
      ? `${Math.round(seconds / 60)} min`
      : `${(seconds / 3_600).toFixed(1)} h`;

/** Waits for the end; on a terminal with a bar. Interrupted, it says that the work goes on. */
async function follow(client: Client, made: Reprocessing): Promise<Reprocessing> {
  const bar = process.stderr.isTTY
    ? new SingleBar({
        format: '{bar} {percentage}% | {step} | {rate} messages/s | {left} left',
        hideCursor: true,
      })
    : undefined;
  const interrupted = () => {
    bar?.stop();
    process.stderr.write(
      '\nIt goes on in the server. To see how far it is: rapport reprocess follow. To stop it: rapport reprocess cancel\n',
    );
    process.exit(130);
  };
  process.once('SIGINT', interrupted);
  bar?.start(1, 0, { step: 'waiting', rate: '–', left: '–' });
  try {
    for (;;) {
      const now = await client.get<Reprocessing>(`/api/reprocess/${made.id}`);
      bar?.setTotal(Math.max(1, now.messages));
      bar?.update(now.messages_done, {
        step: now.status === 'queued' ? 'waiting for its turn' : steps[now.step],
        rate: now.messages_per_second?.toLocaleString('en') ?? '–',
        left: now.seconds_left === null ? '–' : timeLeft(now.seconds_left),
      });
      if (now.status !== 'queued' && now.status !== 'running') return now;
      await sleep(250);
    }
  } catch (cause) {
    throw new Problem(503, 'server_gone', 'The server stopped answering.', {
      hint: 'The reprocessing goes on by itself at the next start. To see it then: rapport reprocess follow',
      cause,
    });
  } finally {
    bar?.stop();
    process.off('SIGINT', interrupted);
  }
}

function finish({ id, status, error, verified, messages }: Reprocessing): void {
  if (status !== 'done') {
    throw new Problem(
      500,
      `reprocessing_${status}`,
      `Reprocessing ${id} ${status}${error ? `: ${error}` : '.'}`,
      {
        hint: 'Nothing was changed by it.',
      },
    );
  }
  process.stdout.write(
    `${messages.toLocaleString('en')} messages read, ${(verified?.events ?? 0).toLocaleString('en')} events derived and swapped in.\n`,
  );
  if (verified) process.stdout.write(`  ${verified.explanation}\n`);
}
