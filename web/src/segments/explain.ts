import { useQuery } from '@tanstack/react-query';
import { type Answer, answer, api } from '../api/client.ts';
import { number } from '../shared/format.ts';
import { asGroup, type Rule } from './rule.ts';
import { doneText } from './ruleText.ts';

/** What is asked about: a segment, or a rule that is not saved yet. */
export type Asked = { segment: string } | { rule: Rule };

/** Why a person is in a segment, or satisfies a rule, or not. */
export const useExplanation = (asked: Asked, profile: string | undefined) =>
  useQuery({
    queryKey: ['segments', asked, 'explain', profile],
    queryFn: ({ signal }) =>
      answer(api.POST('/api/segments/explain', { body: { ...asked, profile: profile ?? '' }, signal })),
    enabled: profile !== undefined,
  });

/** One part of a rule: whether it holds for a person, and what was found of them. */
export type Explained = Answer<'/api/segments/explain', 'post'>['explanation'];

/** The part of a rule a path names; nothing when the rule has changed since. */
export function partAt(rule: Rule, path: string): Rule | undefined {
  let at: unknown = rule;
  for (const step of path.replace(/^rule\.?/, '').match(/[^.[\]]+/g) ?? []) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = (at as Record<string, unknown>)[step];
  }
  return at as Rule | undefined;
}

/** What a group asks of the conditions below it. */
export function groupText(rule: Rule): string | undefined {
  const group = asGroup(rule);
  if (!group) return undefined;
  return {
    all: 'All of these',
    any: 'At least one of these',
    none: 'None of these',
    'not all': 'Not all of these',
  }[group.quantifier];
}

/** What was found of a person, beside what was asked: "ordered 2 times, at least 3 needed". */
export function foundText(rule: Rule, found: Explained['found']): string | undefined {
  if (found === undefined) return undefined;
  if ('attribute' in rule) return found === null ? 'not known' : `it is ${found}`;
  if (!('event' in rule)) return undefined;
  const done = Number(found ?? 0);
  const did = doneText(rule.event);
  const often = done === 1 ? 'once' : `${number(done)} times`;
  const times = done === 0 ? `never ${did}` : `${did} ${often}`;
  const { exactly, at_least = 1, at_most } = rule.count ?? {};
  if (rule.total && !rule.count) return times;
  if (exactly !== undefined)
    return exactly === done || exactly === 0 ? times : `${times}, exactly ${exactly} needed`;
  if (at_most !== undefined && done > at_most) return `${times}, at most ${at_most} allowed`;
  if (rule.count?.at_most !== undefined && rule.count.at_least === undefined) return times;
  return done < at_least ? `${times}, at least ${at_least} needed` : times;
}
