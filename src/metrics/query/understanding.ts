import type { z } from 'zod';
import { Problem } from '../../engine/index.ts';
import { closest } from './closest.ts';
import { bounds } from './schema.ts';
import { dimensionNames } from './words.ts';

export const bad = (field: string, message: string, hint?: string) =>
  new Problem(400, 'bad_question', message, hint === undefined ? { field } : { field, hint });

type Issue = z.core.$ZodIssue;

/** Says what is wrong with a question the way a person would: the field, and the word that was probably meant. */
export function notUnderstood(issue: Issue, question: unknown): Problem {
  const field = fieldOf(issue.path);
  if (issue.code === 'unrecognized_keys') return unknownField(issue.path, issue.keys[0]!);
  const name = String(issue.path.findLast((part) => typeof part === 'string') ?? 'question');
  const words = validWords(issue, name);
  const given = valueAt(question, issue.path);
  if (words && typeof given === 'string') {
    const what = name === 'metrics' || name === 'by' ? 'metric' : name;
    const more = what === 'dimension' ? ', property:<name>' : '';
    return new Problem(
      400,
      `unknown_${what}`,
      `There is no ${what} ${JSON.stringify(given.slice(0, 100))}.`,
      {
        field,
        hint: `Did you mean ${closest(given, words)[0]}? There are: ${words.join(', ')}${more}.`,
      },
    );
  }
  const message =
    given === undefined
      ? 'is missing.'
      : issue.code === 'invalid_union' && !words
        ? `must be a text of at most ${bounds.text} characters, a number, or true or false.`
        : `${issue.message}.`;
  return bad(
    field || 'question',
    `${field || 'The body'}: ${message}`,
    words && `There are: ${words.join(', ')}.`,
  );
}

function unknownField(path: Issue['path'], key: string): Problem {
  const field = fieldOf([...path, key]);
  return new Problem(400, 'unknown_field', `${JSON.stringify(field.slice(0, 100))} is not known here.`, {
    field: field.slice(0, 100),
    hint: `Did you mean ${closest(key, fields)[0]}?`,
  });
}

const fields = [
  ...[
    'question',
    'metrics',
    'filters',
    'interval',
    'from',
    'to',
    'timezone',
    'compare',
    'smooth',
    'breakdown',
  ],
  ...['dimension', 'limit', 'offset', 'order', 'by', 'direction', 'operator', 'value', 'values'],
  ...['steps', 'event', 'window', 'amount', 'unit', 'first', 'again'],
];

/** The words of which one was wanted, when it was a word. */
function validWords(issue: Issue, name: string): string[] | undefined {
  if (name === 'dimension') return [...dimensionNames];
  if (issue.code === 'invalid_value') return issue.values.map(String);
  if (issue.code !== 'invalid_union') return undefined;
  if (issue.discriminator !== undefined)
    return ['series', 'top', 'totals', 'funnel', 'retention', 'realtime'];
  const words = issue.errors
    .flat()
    .flatMap((one) => (one.code === 'invalid_value' ? one.values.map(String) : []));
  return words.length > 0 ? words : undefined;
}

const valueAt = (value: unknown, path: Issue['path']): unknown =>
  path.reduce<unknown>((inner, part) => (inner as Record<PropertyKey, unknown> | undefined)?.[part], value);

/** filters[0].dimension */
const fieldOf = (path: Issue['path']) =>
  path.reduce<string>((whole, part) => {
    if (typeof part === 'number') return `${whole}[${part}]`;
    return whole ? `${whole}.${String(part)}` : String(part);
  }, '');
