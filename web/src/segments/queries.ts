import {
  keepPreviousData,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { type Answer, answer, api, type Body } from '../api/client.ts';
import { isFinished, type Rule } from './rule.ts';

type Wire = Answer<'/api/segments/{id}', 'get'>;
/** A segment; its rule in the server's language of rules. */
export type Segment = Omit<Wire, 'rule'> & { rule: Rule };
export type Suggestions = Answer<'/api/segments/suggestions', 'get'>;

const read = (wire: Wire): Segment => ({ ...wire, rule: wire.rule as Rule });

/** The segments of the workspace, with how many are in each. */
export const useSegments = () =>
  useQuery({
    queryKey: ['segments'],
    queryFn: async () => (await answer(api.GET('/api/segments'))).items.map(read),
    select: (items) => ({ items }),
    refetchInterval: ({ state }) => (state.data?.some((one) => one.computing) ? 1_000 : 10_000),
  });

export const useSegment = (id: string) =>
  useQuery({
    queryKey: ['segments', id],
    queryFn: async () => read(await answer(api.GET('/api/segments/{id}', { params: { path: { id } } }))),
    refetchInterval: ({ state }) => (state.data?.computing ? 1_000 : 10_000),
  });

/** How many people a rule would hold now, and a few of them. Not asked while the rule is unfinished. */
export const useCount = (rule: Rule) =>
  useQuery({
    queryKey: ['segments', 'count', rule],
    queryFn: ({ signal }) =>
      answer(
        api.POST('/api/segments/count', { body: { rule } as Body<'/api/segments/count', 'post'>, signal }),
      ),
    enabled: isFinished(rule),
    placeholderData: keepPreviousData,
    staleTime: 10_000,
    gcTime: 60_000,
  });

/** The attributes and events there are, to choose from. */
export const useSuggestions = () =>
  useQuery({
    queryKey: ['segments', 'suggestions'],
    queryFn: () => answer(api.GET('/api/segments/suggestions')),
    staleTime: 60_000,
  });

/** Who is in a segment. Asked anew when its membership has been computed. */
export const useMembers = (id: string, computing: boolean) =>
  useInfiniteQuery({
    queryKey: ['segments', id, 'members', { computing }],
    queryFn: ({ pageParam }) =>
      answer(
        api.GET('/api/segments/{id}/members', {
          params: { path: { id }, query: { limit: 50, ...(pageParam ? { cursor: pageParam } : {}) } },
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
    refetchInterval: 10_000,
  });

export interface SegmentDraft {
  name: string;
  rule: Rule;
}

export function useCreateSegment() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (draft: SegmentDraft) =>
      answer(api.POST('/api/segments', { body: draft as Body<'/api/segments', 'post'> })),
    onSuccess: () => client.invalidateQueries({ queryKey: ['segments'], exact: true }),
  });
}

export function useSaveSegment(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (draft: SegmentDraft) =>
      answer(
        api.PATCH('/api/segments/{id}', {
          params: { path: { id } },
          body: draft as Body<'/api/segments/{id}', 'patch'>,
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: ['segments'] }),
  });
}

export function useDeleteSegment(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => answer(api.DELETE('/api/segments/{id}', { params: { path: { id } } })),
    onSuccess: () => {
      client.removeQueries({ queryKey: ['segments', id] });
      return client.invalidateQueries({ queryKey: ['segments'], exact: true });
    },
  });
}
