import {
  keepPreviousData,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { type Answer, answer, api } from '../api/client.ts';
import { asked, type TimelineSearch } from './timelineSearch.ts';

export type PersonRow = Answer<'/api/people', 'get'>['items'][number];
export type PersonDetail = Answer<'/api/people/{id}', 'get'>;
export type TimelineItem = Answer<'/api/people/{id}/timeline', 'get'>['items'][number];
export type Erasure = Answer<'/api/erasures/{id}', 'get'>;

/** People, newest seen first, page after page. */
export const usePeople = (given: { search?: string | undefined; segment?: string | undefined }) =>
  useInfiniteQuery({
    queryKey: ['people', given],
    queryFn: ({ pageParam, signal }) =>
      answer(
        api.GET('/api/people', {
          params: { query: { ...given, limit: 50, ...(pageParam ? { cursor: pageParam } : {}) } },
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

/** What a person did, newest first: all of it, or what the filters leave. */
export const useTimeline = (id: string, search: TimelineSearch) =>
  useInfiniteQuery({
    queryKey: ['people', 'timeline', id, search],
    queryFn: ({ pageParam, signal }) =>
      answer(
        api.GET('/api/people/{id}/timeline', {
          params: {
            path: { id },
            query: { limit: 30, ...asked(search), ...(pageParam ? { before: pageParam } : {}) },
          },
          signal,
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (last) => last.next_before ?? undefined,
    placeholderData: keepPreviousData,
  });

/** Asks for the erasure of a person; it goes on in the background. */
export function useErase() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => answer(api.POST('/api/people/{id}/erase', { params: { path: { id } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ['erasures'] }),
  });
}

/** What was erased where, the newest first; holds no personal data. */
export const useErasures = () =>
  useQuery({
    queryKey: ['erasures'],
    queryFn: () => answer(api.GET('/api/erasures')),
    refetchInterval: ({ state }) =>
      state.data?.items.some(({ status }) => status !== 'done') ? 1_000 : 30_000,
  });

/** One erasure, while it goes on and after. */
export const useErasure = (id: string) =>
  useQuery({
    queryKey: ['erasures', id],
    queryFn: () => answer(api.GET('/api/erasures/{id}', { params: { path: { id } } })),
    refetchInterval: ({ state }) => (state.data?.status === 'done' ? false : 700),
  });
