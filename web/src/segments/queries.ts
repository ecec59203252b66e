import {
  keepPreviousData,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { type Answer, answer, api, type Body } from '../api/client.ts';
import { upload } from '../api/upload.ts';
import { isFinished, type Rule } from './rule.ts';

type Wire = Answer<'/api/segments/{id}', 'get'>;
/** A segment; its rule in the server's language of rules. */
export type Segment = Omit<Wire, 'rule'> & { rule: Rule };
export type Member = Answer<'/api/segments/{id}/members', 'get'>['items'][number];
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
    queryFn: async ({ client }) => {
      const segment = read(await answer(api.GET('/api/segments/{id}', { params: { path: { id } } })));
      const before = client.getQueryData<Segment>(['segments', id]);
      // Computed again since: whoever looks at its members sees those of now, as many pages as they had.
      if (before && before.as_of !== segment.as_of)
        void client.invalidateQueries({ queryKey: ['segments', id, 'members'] });
      return segment;
    },
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

/** What the server says of a rule as somebody wrote it, finished or not. The same question as the count. */
export const useRuleCheck = (rule: unknown) =>
  useQuery({
    queryKey: ['segments', 'count', rule],
    queryFn: ({ signal }) =>
      answer(
        api.POST('/api/segments/count', { body: { rule } as Body<'/api/segments/count', 'post'>, signal }),
      ),
    enabled: rule !== undefined,
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

/** Whose values: an attribute's, or those of a property of an event. */
export type ValueSource = { attribute: string } | { event: string; property: string };

/** Frequent values that contain what is typed, and what kind they are of. */
export const useFrequentValues = (source: ValueSource, search: string) =>
  useQuery({
    queryKey: ['segments', 'values', source, search],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/segments/suggestions/values', {
          params: { query: { ...source, ...(search ? { search } : {}) } },
          signal,
        }),
      ),
    enabled: Object.values(source).every((name) => name !== ''),
    placeholderData: (previous, query) =>
      JSON.stringify(query?.queryKey[2]) === JSON.stringify(source) ? previous : undefined,
    staleTime: 60_000,
  });

/** Who is in a segment. Asked anew when its membership has been computed (see `useSegment`). */
export const useMembers = (id: string) =>
  useInfiniteQuery({
    queryKey: ['segments', id, 'members'],
    queryFn: ({ pageParam }) =>
      answer(
        api.GET('/api/segments/{id}/members', {
          params: { path: { id }, query: { limit: 50, ...(pageParam ? { cursor: pageParam } : {}) } },
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });

export interface SegmentDraft {
  name: string;
  rule: Rule;
}

export function useCreateSegment() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (draft: SegmentDraft) =>
      answer(
        api.POST('/api/segments', {
          body: { ...draft, kind: 'rule' } as unknown as Body<'/api/segments', 'post'>,
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: ['segments'], exact: true }),
  });
}

export function useCreateStatic() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (name: string) => answer(api.POST('/api/segments', { body: { name, kind: 'static' } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ['segments'], exact: true }),
  });
}

/** Picks people for a static segment, or takes them out. */
export function usePick(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (picks: { add?: string[]; remove?: string[] }) =>
      answer(
        api.POST('/api/segments/{id}/people', {
          params: { path: { id } },
          body: { add: [], remove: [], ...picks },
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: ['segments'] }),
  });
}

type Uploaded = Answer<'/api/segments/{id}/people/upload', 'post'>;

/** Picks everybody a file names; tells how much of the file is sent. */
export function useUploadPeople(id: string, onProgress: (share: number) => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (file: File) =>
      upload<Uploaded>({ path: `/api/segments/${id}/people/upload`, file, fileName: file.name, onProgress }),
    // Of a file that breaks off the lines before are picked all the same.
    onSettled: () => client.invalidateQueries({ queryKey: ['segments'] }),
  });
}

export function useRenameSegment(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (name: string) =>
      answer(api.PATCH('/api/segments/{id}', { params: { path: { id } }, body: { name } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ['segments'] }),
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
