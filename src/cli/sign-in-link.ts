import { Command } from 'commander';
import { clientFor } from './client.ts';
import { dataOption } from './settings.ts';

export function signInLinkCommand(): Command {
  return new Command('sign-in-link')
    .description("print a one-time link that signs the owner in to the running server's page")
    .addOption(dataOption())
    .action(async ({ data }: { data: string }) => {
      const { url } = await clientFor(data).post<{ url: string }>('/api/sign-in-links');
      process.stdout.write(`${url}\n`);
    });
}
