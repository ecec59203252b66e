import { createHash } from 'node:crypto';
import type { Doing, Planned } from './doing.ts';

/**
 * The way a person goes: by chance in the proportions of the weights, and always the same for the same campaign, step and
 * person, also when they enter again. The share of somebody is 48 bits of SHA-256 over the three.
 */
export function wayOf<Way extends { weight: number }>(
  ways: readonly Way[],
  { campaign, step, profile }: { campaign: string; step: string; profile: string },
): Way {
  const share =
    createHash('sha256').update(`${campaign}\n${step}\n${profile}`).digest().readUIntBE(0, 6) / 2 ** 48;
  let left = share * ways.reduce((sum, { weight }) => sum + weight, 0);
  for (const way of ways) {
    if (left < way.weight) return way;
    left -= way.weight;
  }
  return ways.at(-1)!;
}

export const split: Doing<Planned<'split'>> = ({ running, step, people }) =>
  people.map((person) => {
    const way = wayOf(step.ways, { campaign: running.id, step: step.id, profile: person.profile });
    return { person, to: way.to, way: { [step.id]: way.id } };
  });
