import { Command } from 'commander';
import type { ShownConnection } from '../connections/index.ts';
import { clientFor } from './client.ts';
import { table } from './output.ts';
import { dataOption } from './settings.ts';

export function connectionsCommand(): Command {
  return new Command('connections')
    .description('list connections: how it stands with each, how far behind it is, what is wrong')
    .addOption(dataOption())
    .addHelpText(
      'after',
      `
States:
  in_sync              what the list held at "in sync as of" is here
  syncing              the first run, or one that is under way
  behind               later than two intervals and the usual duration
  failing              three runs failed in a row, or somebody has to act
  credentials_refused  the key was revoked, or may not read the list
  paused               by somebody
`,
    )
    .action(async ({ data }: { data: string }) => {
      const { items } = await clientFor(data).get<{ items: ShownConnection[] }>('/api/connections');
      if (items.length === 0) {
        process.stdout.write('No connections yet. Make one on the page, under Connections.\n');
        return;
      }
      const rows = items.map((one) => [
        one.id,
        one.name,
        one.state,
        span(one.lag_seconds),
        one.in_sync_as_of ?? 'never',
        one.records,
        one.trouble?.message ?? '',
      ]);
      const head = ['id', 'name', 'state', 'lag', 'in sync as of', 'records', 'trouble'];
      process.stdout.write(`${table([head, ...rows])}\n`);
    });
}

/** The two largest units. */
function span(seconds: number): string {
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3_600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const;
  const first = parts.findIndex(([count]) => count > 0);
  if (first === -1) return '0 s';
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
}
