import { resolve } from 'node:path';
import { Command } from 'commander';
import { Problem, replaceSecret } from '../engine/index.ts';
import { dataOption } from './settings.ts';

export function replaceSecretCommand(): Command {
  return new Command('replace-secret')
    .description('make a new root secret; what the old one signed and sealed goes on to work')
    .addOption(dataOption())
    .addHelpText(
      'after',
      `
From the next start on, links are signed and passwords stored with the new secret. The old one stays in secret.key, below
it, for links in emails sent before and passwords stored before. Everybody who is signed in has to sign in again.

If somebody else knows the old secret, enter the passwords and keys of accounts and connections again too, after you have
changed them at the provider: whoever has the old secret and a copy of the database can read the old ones.

With RAPPORT_SECRET there is no file to change. Several processes must never disagree, so: add a new one
(openssl rand -hex 32) to RAPPORT_OLD_SECRETS, a list with commas; restart all; exchange the two; restart all.

Example:
  rapport replace-secret && systemctl restart rapport
`,
    )
    .action(({ data }: { data: string }) => {
      if (process.env.RAPPORT_SECRET !== undefined) {
        throw new Problem(
          409,
          'secret_given',
          'The secret is given by RAPPORT_SECRET, which only you can change.',
          {
            hint: 'rapport replace-secret --help tells how.',
          },
        );
      }
      const known = replaceSecret(resolve(data));
      process.stdout.write(
        `A new secret is in ${resolve(data)}/secret.key, and ${known - 1} old below it. Back the file up, and restart Rapport.\n`,
      );
    });
}
