import { Command } from 'commander';
import { version } from '../place.ts';
import { connectionsCommand } from './connections.ts';
import { demoCommand } from './demo.ts';
import { eraseCommand } from './erase.ts';
import { generateCommand } from './generate.ts';
import { importCommand } from './import.ts';
import { keysCommand } from './keys.ts';
import { minTimeDifferenceCommand } from './min-time-difference.ts';
import { openapiCommand } from './openapi.ts';
import { fail } from './output.ts';
import { replaceSecretCommand } from './replace-secret.ts';
import { reprocessCommand } from './reprocess.ts';
import { retentionCommand } from './retention.ts';
import { signInLinkCommand } from './sign-in-link.ts';
import { startCommand } from './start.ts';
import { summarizeCommand } from './summarize.ts';
import { syncCommand } from './sync.ts';

const program = new Command('rapport')
  .description('Collect what customers do, segment them, write to them, and measure the result.')
  .version(version)
  .showHelpAfterError('(rapport --help lists the commands)')
  .configureHelp({ showGlobalOptions: true })
  .addHelpText(
    'after',
    `
Environment:
  RAPPORT_DATA            data directory (default ./rapport-data), as --data
  RAPPORT_URL             where people reach the server, if a proxy stands in front of it
  RAPPORT_SECRET          64 hex digits; otherwise a secret is kept in the data directory
  RAPPORT_OLD_SECRETS     those it replaced, with commas between: links and passwords of before
  RAPPORT_HEARTBEAT_URL   gets a GET each minute while all is well, so that silence is noticed
  RAPPORT_ALLOW_INTERNAL  1: connections, alerts, buckets and providers may call addresses inside the network
  RAPPORT_IMPORT_FOLDER   a folder that is watched: files in <its name or id>/ go to that workspace
  CLICKHOUSE_URL          a ClickHouse server instead of the embedded engine
  DATABASE_URL            a PostgreSQL server instead of the embedded one
  LOG_LEVEL               debug, info (default), warn, error

Examples:
  rapport demo                      the whole main job, on made-up customers
  rapport start                     run it on ./rapport-data
  rapport import customers.csv      take in a file
  rapport sync --all                bring every connection up to date now
`,
  );

for (const command of [
  startCommand(),
  demoCommand(),
  importCommand(),
  syncCommand(),
  connectionsCommand(),
  keysCommand(),
  signInLinkCommand(),
  replaceSecretCommand(),
  reprocessCommand(),
  retentionCommand(),
  eraseCommand(),
  generateCommand(),
  summarizeCommand(),
  minTimeDifferenceCommand(),
  openapiCommand(),
]) {
  program.addCommand(command);
}

// The reader of our output (`| head`) may leave when it has seen enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
  throw error;
});

program.parseAsync().catch(fail);
