import { Command, InvalidArgumentError } from 'commander';
import { writeLoyaltyFiles } from '../imports/index.ts';

function wholeNumber(least: number, most: number) {
  return (text: string) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < least || value > most)
      throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
    return value;
  };
}

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
  return new Command('generate').description('write sample data').addCommand(loyalty);
}
