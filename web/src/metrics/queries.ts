import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type Answer, answer, api } from '../api/client.ts';
import type { Interval, Metric } from '../search.ts';

export type Series = Answer<'/api/metrics/series', 'get'>;

export interface Question {
  metric: Metric;
  event?: string | undefined;
  interval: Interval;
  /** How far back from now, in seconds. */
  seconds: number;
  timezone?: string | undefined;
}

/** One metric over time, up to now. */
export const useSeries = (question: Question) =>
  useQuery({
    queryKey: ['metrics', 'series', question],
    queryFn: ({ signal }) => {
      const { seconds, ...asked } = question;
      const now = Date.now();
      const query = {
        ...asked,
        from: new Date(now - seconds * 1000).toISOString(),
        to: new Date(now).toISOString(),
      };
      return answer(api.GET('/api/metrics/series', { params: { query }, signal }));
    },
    placeholderData: keepPreviousData,
    refetchInterval: 30_000,
  });

/** The names of the events there are, most frequent first. */
export const useEventNames = () =>
  useQuery({
    queryKey: ['metrics', 'events'],
    queryFn: () => answer(api.GET('/api/metrics/events')),
    staleTime: 60_000,
  });
