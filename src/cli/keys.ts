import { Command, Option } from 'commander';
import { clientFor } from './client.ts';
import { table } from './output.ts';
import { dataOption, wholeNumber } from './settings.ts';

interface Key {
  id: string;
  kind: string;
  name: string;
  role: string;
  prefix: string;
  created_at: string;
}

interface NewKey {
  data: string;
  kind: string;
  role: string;
  name: string;
  rateLimit?: number;
}

export function keysCommand(): Command {
  const keys = new Command('keys').description('list, make and revoke write keys and API keys');
  keys
    .command('list', { isDefault: true })
    .description('list the keys that work')
    .addOption(dataOption())
    .action(async ({ data }: { data: string }) => {
      const { items } = await clientFor(data).get<{ items: Key[] }>('/api/keys');
      if (items.length === 0) {
        process.stdout.write('No keys yet. Make one with: rapport keys create --kind write\n');
        return;
      }
      const rows = items.map((key) => [
        key.id,
        key.kind,
        key.role,
        `${key.prefix}…`,
        key.name,
        key.created_at,
      ]);
      process.stdout.write(`${table([['id', 'kind', 'role', 'key', 'name', 'made'], ...rows])}\n`);
    });
  keys
    .command('create')
    .description('make a key and print it; it cannot be shown again')
    .addOption(dataOption())
    .addOption(
      new Option('--kind <kind>', 'write: send messages; api: use the API')
        .choices(['write', 'api'])
        .default('write'),
    )
    .addOption(
      new Option('--role <role>', 'what an API key may do')
        .choices(['viewer', 'editor', 'admin'])
        .default('editor'),
    )
    .addOption(
      new Option(
        '--rate-limit <number>',
        'messages a second a write key may send (default: no limit)',
      ).argParser(wholeNumber(1, 1_000_000_000)),
    )
    .option('--name <name>', 'a name to tell keys apart', 'command line')
    .action(async ({ data, rateLimit, ...body }: NewKey) => {
      const { key } = await clientFor(data).post<{ key: string }>('/api/keys', {
        ...body,
        rate_limit: rateLimit,
      });
      process.stdout.write(`${key}\n`);
    });
  keys
    .command('revoke')
    .description('revoke a key; it stops working within 10 seconds')
    .argument('<id>', 'id of the key, as listed')
    .addOption(dataOption())
    .action(async (id: string, { data }: { data: string }) => {
      await clientFor(data).delete(`/api/keys/${encodeURIComponent(id)}`);
    });
  return keys;
}
