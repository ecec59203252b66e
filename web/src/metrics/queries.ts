import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { type Answer, ApiError, answer, api, type Body, problemOf, unreachable } from '../api/client.ts';
import type { Dimension, Filter, Interval, Metric } from './question.ts';
import { wireFilter } from './question.ts';
import type { Period } from './range.ts';

export type Question = Body<'/api/query', 'post'>;
export type QuestionOf<Q extends Question['question']> = Extract<Question, { question: Q }>;
export type AnswerTo<Q extends Question['question']> = Extract<Answer<'/api/query', 'post'>, { question: Q }>;
export type Series = AnswerTo<'series'>;
export type Line = Series['series'][number];
export type Top = AnswerTo<'top'>;
export type Row = Top['rows'][number];
export type Funnel = AnswerTo<'funnel'>;
export type Retention = AnswerTo<'retention'>;
export type Realtime = AnswerTo<'realtime'>;
export type Compared = 'previous_period' | 'previous_year' | undefined;

/** What every question of a page has in common: which days, in whose time zone, about what. */
export interface Scope {
  period: Period;
  timezone: string;
  filters: Filter[];
}

const spanOf = ({ period, timezone, filters }: Scope) => ({
  from: period.from,
  ...(period.to ? { to: period.to } : {}),
  timezone,
  ...(filters.length > 0 ? { filters: filters.map(wireFilter) } : {}),
});

/** Asks `POST /api/query`. */
async function ask<Q extends Question['question']>(
  question: QuestionOf<Q>,
  signal: AbortSignal,
): Promise<AnswerTo<Q>> {
  const body = question as Question;
  return (await answer(api.POST('/api/query', { body, signal }))) as AnswerTo<Q>;
}

/** How numbers that still change are kept fresh; more questions at once than the workspace may ask wait for their turn. */
const fresh = {
  refetchInterval: 30_000,
  retry: (count: number, error: Error) => {
    const status = error instanceof ApiError ? error.status : 0;
    return (status === 0 || status === 429 || status >= 500) && count < (status === 429 ? 8 : 3);
  },
};

export interface SeriesAsked {
  metrics: Metric[];
  interval: Interval;
  compare?: Compared;
  smooth?: number | undefined;
  breakdown?: Dimension | undefined;
}

export const seriesQuestion = (scope: Scope, asked: SeriesAsked): QuestionOf<'series'> => ({
  question: 'series',
  metrics: asked.metrics,
  interval: asked.interval,
  ...spanOf(scope),
  ...(asked.compare ? { compare: asked.compare } : {}),
  ...(asked.smooth ? { smooth: asked.smooth } : {}),
  ...(asked.breakdown ? { breakdown: { dimension: asked.breakdown, limit: 5 } } : {}),
});

/** Metrics over time, with their totals. */
export const useSeries = (question: QuestionOf<'series'>) =>
  useQuery({
    queryKey: ['query', question],
    queryFn: ({ signal }) => ask<'series'>(question, signal),
    placeholderData: keepPreviousData,
    ...fresh,
  });

export interface TopAsked {
  dimension: Dimension;
  metrics: Metric[];
  limit: number;
  order?: Metric | undefined;
  compare?: Compared;
}

export const topQuestion = (scope: Scope, asked: TopAsked): QuestionOf<'top'> => ({
  question: 'top',
  dimension: asked.dimension,
  metrics: asked.metrics,
  limit: asked.limit,
  ...spanOf(scope),
  offset: 0,
  ...(asked.order ? { order: { by: asked.order, direction: 'descending' } } : {}),
  ...(asked.compare ? { compare: asked.compare } : {}),
});

/** The values of a dimension with the highest numbers. Rows of another dimension never stand in while it is asked. */
export const useTop = (question: QuestionOf<'top'>, enabled = true) =>
  useQuery({
    queryKey: ['query', question],
    queryFn: ({ signal }) => ask<'top'>(question, signal),
    placeholderData: (old) => (old?.dimension === question.dimension ? old : undefined),
    enabled,
    ...fresh,
  });

/** Values of a dimension to choose from, the most frequent first; those that contain a text. */
export const useValues = (dimension: Dimension, search: string, enabled = true) =>
  useQuery({
    queryKey: ['values', dimension, search],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/metrics/dimensions/{name}/values', {
          params: { path: { name: dimension }, query: { limit: 100, ...(search ? { search } : {}) } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    enabled,
  });

/** The names of the events there ever were, the most frequent first. */
export const useEventNames = () =>
  useQuery({
    queryKey: ['metrics', 'events'],
    queryFn: () => answer(api.GET('/api/metrics/events')),
    select: ({ items }) => [...new Set(items.map(({ name }) => name))].filter((name) => name !== ''),
    staleTime: 60_000,
  });

/** All values of a dimension, a page at a time. */
export const useAllOf = (question: QuestionOf<'top'>) =>
  useInfiniteQuery({
    queryKey: ['query', 'pages', question],
    queryFn: ({ pageParam, signal }) => ask<'top'>({ ...question, offset: pageParam }, signal),
    initialPageParam: 0,
    getNextPageParam: (last, pages) => (last.more ? pages.length * question.limit : undefined),
    placeholderData: keepPreviousData,
    retry: fresh.retry,
  });

/** Steps people take in order. */
export const useFunnel = (question: QuestionOf<'funnel'>) =>
  useQuery({
    queryKey: ['query', question],
    queryFn: ({ signal }) => ask<'funnel'>(question, signal),
    placeholderData: keepPreviousData,
    ...fresh,
    refetchInterval: 60_000,
  });

export const funnelQuestion = (
  scope: Scope,
  asked: Pick<QuestionOf<'funnel'>, 'steps' | 'window' | 'dimension'>,
): QuestionOf<'funnel'> => ({ question: 'funnel', ...asked, ...spanOf(scope) });

/** Who comes back. */
export const useRetention = (question: QuestionOf<'retention'>) =>
  useQuery({
    queryKey: ['query', question],
    queryFn: ({ signal }) => ask<'retention'>(question, signal),
    placeholderData: keepPreviousData,
    ...fresh,
    refetchInterval: 60_000,
  });

export const retentionQuestion = (
  scope: Scope,
  asked: Pick<QuestionOf<'retention'>, 'interval' | 'first' | 'again'>,
): QuestionOf<'retention'> => ({ question: 'retention', ...asked, ...spanOf(scope) });

/** The last 30 minutes. */
export const useRealtime = (scope: Pick<Scope, 'timezone' | 'filters'>) => {
  const { timezone } = scope;
  const filters = scope.filters.map(wireFilter);
  return useQuery({
    queryKey: ['query', 'realtime', timezone, filters],
    queryFn: ({ signal }) => ask<'realtime'>({ question: 'realtime', timezone, filters }, signal),
    placeholderData: keepPreviousData,
    ...fresh,
    refetchInterval: 10_000,
  });
};

/** Whether questions are answered at all, where a workspace refuses stale numbers: the smallest question there is. */
export const useWhetherFresh = (enabled: boolean) =>
  useQuery({
    queryKey: ['query', 'whether fresh'],
    queryFn: ({ signal }) => ask<'realtime'>({ question: 'realtime' }, signal),
    enabled,
    ...fresh,
    refetchInterval: 10_000,
  });

/** The answer to a question as a file of comma separated values. */
export async function answerAsCsv(question: Question): Promise<Blob> {
  const response = await fetch('/api/query?format=csv', {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/csv' },
    body: JSON.stringify(question),
  }).catch(() => {
    throw unreachable();
  });
  if (!response.ok) throw problemOf(response.status, await response.json().catch(() => null));
  return response.blob();
}
