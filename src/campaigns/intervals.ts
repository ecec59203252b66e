/** 97.5 % of the normal distribution lie below: both sides of a 95 % interval. */
const z = 1.959964;

export interface Interval {
  low: number;
  high: number;
}

/**
 * The 95 % interval of a share (E. B. Wilson, Probable inference, the law of succession, and statistical inference, 1927): right
 * for few people and for shares near 0 and 1, where the usual one reaches beyond them.
 */
export function shareInterval(count: number, of: number): Interval {
  const share = count / of;
  const middle = share + z ** 2 / (2 * of);
  const reach = z * Math.sqrt((share * (1 - share)) / of + z ** 2 / (4 * of ** 2));
  const scale = 1 + z ** 2 / of;
  return { low: Math.max(0, (middle - reach) / scale), high: Math.min(1, (middle + reach) / scale) };
}

/**
 * The 95 % interval of the difference of two shares, a − b, made of their own (R. G. Newcombe, Interval estimation for the
 * difference between independent proportions, 1998, method 10).
 */
export function differenceInterval(
  a: { count: number; of: number },
  b: { count: number; of: number },
): Interval {
  const [shareA, shareB] = [a.count / a.of, b.count / b.of];
  const ownA = shareInterval(a.count, a.of);
  const ownB = shareInterval(b.count, b.of);
  const difference = shareA - shareB;
  return {
    low: difference - Math.hypot(shareA - ownA.low, ownB.high - shareB),
    high: difference + Math.hypot(ownA.high - shareA, shareB - ownB.low),
  };
}

/** Each way with the share of its people who reached the goal, and that against the first way. */
export function compareWays<Way extends { people: number; goal: number }>(ways: readonly Way[]) {
  const [first] = ways;
  return ways.map((way) => {
    const { people, goal } = way;
    const compared = way !== first && first && first.people > 0 && people > 0;
    return {
      ...way,
      rate: people > 0 ? goal / people : null,
      interval: people > 0 ? shareInterval(goal, people) : null,
      lift: compared
        ? {
            difference: goal / people - first.goal / first.people,
            interval: differenceInterval(
              { count: goal, of: people },
              { count: first.goal, of: first.people },
            ),
          }
        : null,
    };
  });
}
