import type { Filter, Question } from './question.ts';
import { propertyOf } from './question.ts';
import { bounds, type CheckedWords, type FilterWords, questionSchema } from './schema.ts';
import { periodOf, spanOf, timezoneOf } from './times.ts';
import { bad, notUnderstood } from './understanding.ts';
import { dimensions, type MetricName } from './words.ts';

/**
 * Understands a question.
 *
 * @param given the body as it came
 * @param defaults time zone of the workspace, and the present time
 * @throws Problem 400 naming the field, and for a word that is not known the closest valid one
 */
export function parseQuestion(given: unknown, defaults: { timezone: string; now: Date }): Question {
  const checked = questionSchema.safeParse(given);
  if (!checked.success) throw notUnderstood(checked.error.issues[0]!, given);
  return understood(checked.data, defaults);
}

function understood(words: CheckedWords, defaults: { timezone: string; now: Date }): Question {
  refuseLong(words);
  const filters = (words.filters ?? []).map((filter, n) => filterOf(filter, `filters[${n}]`));
  if (words.question === 'realtime') {
    const timezone = timezoneOf(words.timezone ?? defaults.timezone);
    return { question: 'realtime', filters, timezone, now: defaults.now.getTime() };
  }
  const interval = words.question === 'series' || words.question === 'retention' ? words.interval : 'day';
  const asked = { ...spanOf(words, interval, defaults), filters };
  switch (words.question) {
    case 'series': {
      const metrics = metricsOf(words.metrics);
      refuseEmails(metrics, filters, words.breakdown?.dimension);
      const { interval, compare = null, smooth = null, breakdown = null } = words;
      const lines = metrics.length * (breakdown ? breakdown.limit + 1 : 1) * (compare ? 2 : 1);
      if (lines * periodOf(asked, interval).starts.length > bounds.cells) {
        throw bad(
          'interval',
          `The answer would have more than ${bounds.cells} points.`,
          'Ask for fewer lines, or less time.',
        );
      }
      return { ...asked, question: 'series', metrics, interval, compare, smooth, breakdown };
    }
    case 'top': {
      const metrics = metricsOf(words.metrics);
      refuseEmails(metrics, filters, words.dimension);
      const { dimension, compare = null, limit, offset } = words;
      const order = words.order ?? { by: metrics[0]!, direction: 'descending' };
      if (order.by !== 'value' && !metrics.includes(order.by)) {
        throw bad('order.by', `${order.by} is not among the metrics asked for.`, `Add it to metrics.`);
      }
      return { ...asked, question: 'top', metrics, dimension, compare, limit, offset, order };
    }
    case 'totals': {
      const metrics = metricsOf(words.metrics);
      refuseEmails(metrics, filters, undefined);
      return { ...asked, question: 'totals', metrics, compare: words.compare ?? null };
    }
    case 'funnel': {
      const steps = words.steps.map(({ event, filters = [] }, n) => ({
        event,
        filters: filters.map((filter, m) => filterOf(filter, `steps[${n}].filters[${m}]`)),
      }));
      const window = words.window.amount * unitMs[words.window.unit];
      if (window > longestWindow) throw bad('window', 'A window can have 400 days at most.');
      return { ...asked, question: 'funnel', steps, window, dimension: words.dimension ?? null };
    }
    case 'retention': {
      const { interval, first, again } = words;
      return {
        ...asked,
        question: 'retention',
        interval,
        first: first?.event ?? null,
        again: again?.event ?? null,
      };
    }
  }
}

const unitMs = { minute: 60_000, hour: 3_600_000, day: 86_400_000, week: 604_800_000 } as const;
const longestWindow = 400 * unitMs.day;

/** What is bound must fit into one statement. */
function refuseLong(words: CheckedWords): void {
  const steps = words.question === 'funnel' ? words.steps : [];
  const filters = [...(words.filters ?? []), ...steps.flatMap((step) => step.filters ?? [])];
  const texts = filters.flatMap(({ dimension, value = '', values = [] }) => [dimension, value, ...values]);
  if (texts.reduce<number>((sum, text) => sum + String(text).length, 0) <= bounds.texts) return;
  throw bad(
    'filters',
    `The filters have more than ${bounds.texts} characters in all.`,
    'Name fewer values, or use contains or starts_with.',
  );
}

/** Each once; asking twice for the same changes nothing. */
const metricsOf = (metrics: readonly MetricName[]): MetricName[] => [...new Set(metrics)];

/** Emails are sent by Rapport, and belong to no session. */
function refuseEmails(
  metrics: readonly MetricName[],
  filters: readonly Filter[],
  by: string | undefined,
): void {
  if (!metrics.includes('emails')) return;
  const ofVisits = (name: string) => dimensions[name as 'path']?.of === 'visit';
  const at = filters.findIndex(({ dimension }) => ofVisits(dimension));
  const visit = by !== undefined && ofVisits(by) ? by : filters[at]?.dimension;
  if (visit === undefined) return;
  throw bad(
    visit === by ? 'dimension' : `filters[${at}].dimension`,
    `emails cannot be asked by ${visit}, which sessions have: emails belong to none.`,
    'Leave out the metric emails, or ask it by itself.',
  );
}

function filterOf({ dimension, operator, value, values }: FilterWords, path: string): Filter {
  if (operator === 'in') {
    if (values === undefined) throw bad(`${path}.values`, '`in` takes values, a list.');
    if (value !== undefined) throw bad(`${path}.value`, '`in` takes values, and no value.');
    return { dimension, operator, values: values.map(textOf) };
  }
  if (values !== undefined)
    throw bad(`${path}.values`, `${operator} takes one value; only \`in\` takes values.`);
  if (operator === 'exists') {
    if (value !== undefined) throw bad(`${path}.value`, '`exists` takes no value.');
    return { dimension, operator };
  }
  if (value === undefined) throw bad(`${path}.value`, `${operator} takes a value.`);
  if (operator === 'greater' || operator === 'less') {
    if (propertyOf(dimension) === undefined) {
      throw bad(
        `${path}.operator`,
        `${operator} compares numbers, and ${dimension} is text.`,
        'Ask it of a property:<name>.',
      );
    }
    const number = typeof value === 'string' && value.trim() === '' ? Number.NaN : Number(value);
    if (typeof value === 'boolean' || !Number.isFinite(number))
      throw bad(`${path}.value`, `${operator} takes a number.`);
    return { dimension, operator, value: number };
  }
  return { dimension, operator, value: textOf(value) };
}

/** Texts as they are stored: what not every engine can hold was replaced when it arrived. */
const textOf = (value: string | number | boolean) => String(value).toWellFormed().replaceAll('\0', '\uFFFD');
