import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { Problem } from '../engine/index.ts';

/** `rapport min-time-difference`: times on standard input, minutes on standard output. */
export function minTimeDifferenceCommand(): Command {
  return new Command('min-time-difference')
    .description('the least minutes between any two times of day on standard input')
    .addHelpText(
      'after',
      '\nReads 2 to 20,000 times HH:MM, separated by white space or commas, or as a JSON array; midnight is no border.\n' +
        'Exit codes: 0 the minutes are printed, 2 a time is wrong (it is named).\n\nExample:\n  echo 23:59 00:00 | rapport min-time-difference      prints 1\n',
    )
    .action(async () => {
      const { minTimeDifference, readTimes, TimeListError } = await import(
        '../campaigns/min-time-difference.ts'
      );
      try {
        console.log(minTimeDifference(readTimes(readFileSync(0, 'utf8'))));
      } catch (cause) {
        if (!(cause instanceof TimeListError)) throw cause;
        throw new Problem(400, 'bad_times', cause.message, { cause });
      }
    });
}
