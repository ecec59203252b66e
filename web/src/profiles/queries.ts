import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { type Answer, answer, api } from '../api/client.ts';

export type PersonRow = Answer<'/api/people', 'get'>['items'][number];
export type PersonDetail = Answer<'/api/people/{id}', 'get'>;

/** People, newest seen first, page after page. */
export const usePeople = (asked: { search?: string | undefined; segment?: string | undefined }) =>
  useInfiniteQuery({
    queryKey: ['people', asked],
    queryFn: ({ pageParam, signal }) =>
      answer(
        api.GET('/api/people', {
          params: { query: { ...asked, limit: 50, ...(pageParam ? { cursor: pageParam } : {}) } },
          signal,
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  });

/** A few people to choose one from. */
export const usePeopleChoice = (search: string) =>
  useQuery({
    queryKey: ['people', 'choice', search],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/people', { params: { query: { ...(search ? { search } : {}), limit: 8 } }, signal }),
      ),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });

/** Everything known of one person. */
export const usePerson = (id: string) =>
  useQuery({
    queryKey: ['people', 'one', id],
    queryFn: () => answer(api.GET('/api/people/{id}', { params: { path: { id } } })),
  });

/** What a person did and what was said of them, newest first. */
export const useTimeline = (id: string) =>
  useInfiniteQuery({
    queryKey: ['people', 'timeline', id],
    queryFn: ({ pageParam }) =>
      answer(
        api.GET('/api/people/{id}/timeline', {
          params: { path: { id }, query: { limit: 30, ...(pageParam ? { before: pageParam } : {}) } },
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (last) => last.next_before ?? undefined,
  });
