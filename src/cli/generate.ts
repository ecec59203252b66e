import { Command } from 'commander';
import { writeLoyaltyFiles } from '../imports/index.ts';
import type { ActivityOptions } from '../summary/index.ts';
import { wholeNumber } from './settings.ts';

/** `rapport generate …`: data to try things with. */
export function generateCommand(): Command {
  const loyalty = new Command('loyalty')
    .description('write CSV files of loyalty customers, one a location')
    .requiredOption('--out <dir>', 'the folder to write to')
    .option('--locations <n>', 'how many files', wholeNumber(1, 1000), 20)
    .option('--customers-per-location <n>', 'customers in each file', wholeNumber(1, 1_000_000), 1000)
    .option('--seed <n>', 'the same seed writes the same files', wholeNumber(0, 2 ** 31), 1)
    .option('--bad-rows <n>', 'deliberately bad rows in each file', wholeNumber(0, 10_000), 3)
    .action(async (options) => {
      const { files, customers } = await writeLoyaltyFiles({
        ...options,
        onFile: ({ path, rows, bad }) => console.log(`${path}: ${rows} rows, ${bad} of them bad`),
      });
      console.log(`${customers} customers in ${files.length} files.`);
    });
  return new Command('generate').description('write sample data').addCommand(loyalty).addCommand(activity());
}

function activity(): Command {
  return new Command('activity')
    .description('write a file of activity, and the summary that is right for it')
    .requiredOption('--out <file>', 'the file of activity, for rapport summarize')
    .requiredOption('--verify <file>', 'the right summary, for rapport summarize --verify')
    .option('--seed <n>', 'the same seed writes the same bytes', wholeNumber(0, 2 ** 32 - 1), 1)
    .option('--count <n>', 'customers, with the ids 1 to n', wholeNumber(1, 100_000_000), 1000)
    .option('--attrs <n>', 'each has 1 to n attributes beside six everyday ones', wholeNumber(1, 400), 10)
    .option('--events <n>', 'events', wholeNumber(0, 1_000_000_000), 10_000)
    .option('--maxevents <n>', 'different names of events a customer has at most', wholeNumber(1, 900), 10)
    .option('--dupes <n>', 'one event in n is written twice', wholeNumber(1, 1_000_000_000), 20)
    .option('--anon <n>', 'one event in n has no user_id', wholeNumber(1, 1_000_000_000), 500)
    .action(async (options: ActivityOptions) => {
      const { writeActivity } = await import('../summary/index.ts');
      const { lines, bytes, users } = writeActivity(options);
      console.log(
        `${options.out}: ${lines.toLocaleString('en')} lines, ${(bytes / 1e6).toFixed(1)} MB, ${users.toLocaleString('en')} customers`,
      );
    });
}
