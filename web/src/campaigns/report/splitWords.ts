import { wayName } from '../flow/tree.ts';
import type { StepReport } from '../queries.ts';

export type Way = NonNullable<StepReport['ways']>[number];
type Lift = NonNullable<Way['lift']>;

/** Points of a percentage with their sign: "+1.5". */
const points = (value: number) =>
  new Intl.NumberFormat(undefined, { maximumFractionDigits: 1, signDisplay: 'exceptZero' }).format(
    value * 100,
  );

const canTell = ({ interval: { low, high } }: Lift) => low > 0 || high < 0;

/** The difference to the first way: "+2.1 points (0.4 to 3.8)". */
export function liftText(lift: Lift): string {
  const { low, high } = lift.interval;
  const range = `${points(lift.difference)} points against the first way (${points(low)} to ${points(high)})`;
  return canTell(lift) ? range : `${range}: no difference can be told yet`;
}

/** What can be said of a split in one sentence. */
export function verdict(ways: readonly Way[]): string {
  const [first] = ways;
  if (!first || ways.some(({ people }) => people === 0)) return 'Nobody has gone some of the ways yet.';
  const nameOf = (way: Way) => way.name ?? wayName(ways.indexOf(way));
  const told = ways.filter(({ lift }) => lift && canTell(lift));
  const better = told.filter(({ lift }) => lift!.difference > 0);
  if (better.length > 0) {
    const best = better.reduce((a, b) => (b.lift!.difference > a.lift!.difference ? b : a));
    return `“${nameOf(best)}” does better than “${nameOf(first)}”.`;
  }
  if (told.length > 0 && told.length === ways.length - 1)
    return `“${nameOf(first)}” does better than the others.`;
  if (told.length > 0)
    return `“${nameOf(first)}” does better than ${told.map((way) => `“${nameOf(way)}”`).join(' and ')}.`;
  return 'No difference can be told yet.';
}
