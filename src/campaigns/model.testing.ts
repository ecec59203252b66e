import fc from 'fast-check';
import { wayOf } from './doing/split.ts';
import type { Definition } from './schema.ts';
import type { Step } from './steps.ts';

/** What a campaign is asked to do in the model test, and a plain reading of what each person should get of it. */
export interface Person {
  id: string;
  color: 'red' | 'blue';
  zone: string | undefined;
  suppressed: boolean;
  /** Minutes after the beginning at which they did what is waited for. */
  clicks: number | undefined;
}

export const people: fc.Arbitrary<Person[]> = fc
  .array(
    fc.record({
      color: fc.constantFrom('red', 'blue'),
      zone: fc.constantFrom(undefined, 'America/New_York', 'Asia/Tokyo', 'nowhere'),
      suppressed: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
      clicks: fc.option(fc.integer({ min: 1, max: 600 }), { nil: undefined }),
    }),
    { minLength: 6, maxLength: 14 },
  )
  .map((all) => all.map((one, i) => ({ id: `p${i}`, ...one }) as Person));

const leaf = (kind: number, id: string): Step => {
  const html = `<p>${id}</p><a href="{{ unsubscribe_url }}">Unsubscribe</a>`;
  if (kind === 0) return { id, type: 'wait', seconds: 900 };
  if (kind === 1) return { id, type: 'wait_until', time: '10:30' };
  if (kind === 2) return { id, type: 'set_attribute', attributes: { [`at_${id}`]: true } };
  return { id, type: 'email', subject: id, html };
};

/** Steps inside each other, each with an id of its own. */
export const flows: fc.Arbitrary<Step[]> = fc
  .array(fc.record({ kind: fc.nat(9), deep: fc.nat(2) }), { minLength: 2, maxLength: 7 })
  .map((all) => {
    const left = all.map((one, i) => ({ ...one, id: `s${i}` }));
    const take = (count: number): Step[] => {
      const steps: Step[] = [];
      while (steps.length < count && left.length > 0) {
        const { kind, deep, id } = left.shift()!;
        if (kind === 7) {
          const rule = { attribute: 'color', operator: 'equals', value: 'red' };
          steps.push({ id, type: 'branch', branches: [{ rule, steps: take(deep) }], otherwise: take(1) });
        } else if (kind === 8) {
          const ways = [
            { id: 'a', weight: 1, steps: take(deep) },
            { id: 'b', weight: 2, steps: take(1) },
          ];
          steps.push({ id, type: 'split', ways });
        } else if (kind === 9) {
          const waited = { event: 'Clicked', seconds: 7_200 };
          steps.push({ id, type: 'wait_for', ...waited, steps: take(deep), otherwise: take(1) });
        } else steps.push(leaf(kind, id));
      }
      return steps;
    };
    return [...take(10), leaf(3, 'last')];
  });

/**
 * The emails of a campaign that a person is to get, whatever goes wrong: those of the steps on their way. A wait for an event
 * leaves both ways open, as it depends on when the person got there: all that may and all that must.
 */
export function emailsFor(
  steps: readonly Step[],
  person: Person,
  campaign: string,
): { must: Set<string>; may: Set<string> } {
  const must = new Set<string>();
  const may = new Set<string>();
  const walk = (steps: readonly Step[], sure: boolean) => {
    for (const step of steps) {
      if (step.type === 'email') {
        may.add(step.id);
        if (sure) must.add(step.id);
      } else if (step.type === 'branch')
        walk(person.color === 'red' ? step.branches[0]!.steps : step.otherwise, sure);
      else if (step.type === 'split')
        walk(wayOf(step.ways, { campaign, step: step.id, profile: person.id }).steps, sure);
      else if (step.type === 'wait_for') {
        const never = person.clicks === undefined;
        if (!never) walk(step.steps, false);
        walk(step.otherwise, sure && never);
      }
    }
  };
  walk(steps, true);
  return { must, may };
}

/** An edit: one step taken out, or one put at the end. */
export const edited = ({ steps }: Definition, at: number): Step[] => {
  if (at % 2 === 0) return [...steps, leaf(3, `added${at}`)];
  const index = at % steps.length;
  return steps.length > 1 ? steps.toSpliced(index, 1) : [...steps];
};
