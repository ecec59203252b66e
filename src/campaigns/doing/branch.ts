import type { Doing, Planned } from './doing.ts';

/** Everybody takes the first branch whose rule they satisfy now. Only who satisfied none before is asked about. */
export const branch: Doing<Planned<'branch'>> = async ({ needs, running, step, people }) => {
  const to = new Map<string, string | null>();
  for (const branch of step.branches) {
    const left = people.flatMap(({ profile }) => (to.has(profile) ? [] : profile));
    if (left.length === 0) break;
    for (const profile of await needs.segments.among(running.workspace, branch.rule, left)) {
      to.set(profile, branch.to);
    }
  }
  return people.map((person) => {
    const found = to.get(person.profile);
    return { person, to: found === undefined ? step.otherwise : found };
  });
};

/** Whoever was heard of in time goes one way, the others another. */
export const waitFor: Doing<Planned<'wait_for'>> = ({ step, people }) =>
  people.map((person) => ({ person, to: person.heard_at ? step.happened : step.missed }));
