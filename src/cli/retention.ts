import { Command, Option } from 'commander';
import type { Retention } from '../log/index.ts';
import { type Client, inWorkspace } from './client.ts';
import { dataOption, wholeNumber } from './settings.ts';

interface Options {
  data: string;
  workspace?: string;
  days?: number;
  forever?: true;
}

export function retentionCommand(): Command {
  return new Command('retention')
    .description('show or set how long messages and their events are kept')
    .addOption(dataOption())
    .option('--workspace <id>', 'the workspace; the first one when not given')
    .addOption(
      new Option('--days <number>', 'delete what was received longer ago, every night')
        .argParser(wholeNumber(1, 36_500))
        .conflicts('forever'),
    )
    .option('--forever', 'delete nothing (the default)')
    .addHelpText(
      'after',
      `
Messages, those that could not be taken, events, and what metrics counted of them go for good. What is known of people
stays: their attributes and identities. To erase a person: rapport erase.
Nothing goes before the next night (02:00 UTC), so a mistake can be taken back until then.

Examples:
  rapport retention
  rapport retention --days 400
  rapport retention --forever
`,
    )
    .action(async ({ data, workspace, days, forever }: Options) => {
      const client = inWorkspace(data, workspace);
      const now =
        days === undefined && !forever
          ? await client.get<Retention>('/api/log/retention')
          : await set(client, days ?? null);
      process.stdout.write(tell(now));
    });
}

const set = (client: Client, days: number | null) =>
  client.send<Retention>('PUT', '/api/log/retention', {
    body: JSON.stringify({ days }),
    headers: { 'content-type': 'application/json' },
  });

function tell({ days, next_at, deletes_before, deleted_to }: Retention): string {
  const past = deleted_to ? `What was received before ${deleted_to.slice(0, 10)} is deleted.\n` : '';
  if (days === null) return `${past}Messages are kept for ever. To change it: rapport retention --days 400\n`;
  return `${past}Messages are kept for ${days} days. At ${next_at} what was received before ${deletes_before?.slice(0, 10)} goes.\n`;
}
