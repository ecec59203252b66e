import {
  keepPreviousData,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { type Answer, type ApiError, answer, api, type Body } from '../api/client.ts';

export type Connection = Answer<'/api/connections/{id}', 'get'>;
export type State = Connection['state'];
export type Run = NonNullable<Connection['last_run']>;
export type Mapping = Connection['mapping'];
export type Sink = Connection['sinks'][number];
export type Schedule = Connection['schedule'];
export type Kind = Answer<'/api/connections/kinds', 'get'>['items'][number];
export type Tested = Answer<'/api/connections/test', 'post'>;
export type DeadLetter = Answer<'/api/connections/{id}/dead-letters', 'get'>['items'][number];
export type NewConnection = Body<'/api/connections', 'post'>;
export type ConnectionChange = Body<'/api/connections/{id}', 'patch'>;
export type Action = 'run' | 'full' | 'pause' | 'resume' | 'confirm-removals';

export const isRunning = ({ last_run }: Pick<Connection, 'last_run'>) => last_run?.status === 'running';
/** Something is going on, or is about to: it was asked for, or is due. */
const isMoving = (one: Connection) =>
  isRunning(one) ||
  one.state === 'syncing' ||
  (one.next_run_at !== null && Date.parse(one.next_run_at) <= Date.now());

/** Connections of the workspace; asked each second while one of them syncs. */
export const useConnections = () =>
  useQuery({
    queryKey: ['connections'],
    queryFn: () => answer(api.GET('/api/connections')),
    refetchInterval: ({ state }) => (state.data?.items.some(isMoving) ? 1_000 : 15_000),
  });

export const useConnection = (id: string) =>
  useQuery({
    queryKey: ['connections', id],
    queryFn: () => answer(api.GET('/api/connections/{id}', { params: { path: { id } } })),
    refetchInterval: ({ state }) => (state.data && isMoving(state.data) ? 1_000 : 10_000),
  });

export const useKinds = () =>
  useQuery({
    queryKey: ['connection-kinds'],
    queryFn: () => answer(api.GET('/api/connections/kinds')),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** The newest runs, for a chart; `last` makes it ask again when there is another, or it ended. */
export const useRuns = (id: string, last: Run | null) =>
  useQuery({
    queryKey: ['connections', id, 'runs', last?.id, last?.status],
    queryFn: () =>
      answer(api.GET('/api/connections/{id}/runs', { params: { path: { id }, query: { limit: 100 } } })),
    placeholderData: keepPreviousData,
  });

const runsPage = 25;

/** All runs, newest first, a page at a time. */
export const useRunPages = (id: string, last: Run | null) =>
  useInfiniteQuery({
    queryKey: ['connections', id, 'run-pages', last?.id, last?.status],
    queryFn: ({ pageParam }) =>
      answer(
        api.GET('/api/connections/{id}/runs', {
          params: { path: { id }, query: { limit: runsPage, ...(pageParam ? { before: pageParam } : {}) } },
        }),
      ),
    initialPageParam: '',
    getNextPageParam: ({ items }) => (items.length === runsPage ? items.at(-1)?.id : undefined),
    placeholderData: keepPreviousData,
  });

/** Records that a sink refuses; `count` makes it ask again when there are others. */
export const useDeadLetters = (id: string, count: number) =>
  useQuery({
    queryKey: ['connections', id, 'dead-letters', count],
    queryFn: () =>
      answer(
        api.GET('/api/connections/{id}/dead-letters', { params: { path: { id }, query: { limit: 200 } } }),
      ),
    placeholderData: keepPreviousData,
  });

/** Its fields with samples, asked of the list itself: only when somebody looks. */
export const useFields = (id: string) =>
  useQuery({
    queryKey: ['connections', id, 'fields'],
    queryFn: () => answer(api.GET('/api/connections/{id}/fields', { params: { path: { id } } })),
    staleTime: 60_000,
    retry: false,
  });

export const useTest = () =>
  useMutation<Tested, ApiError, Body<'/api/connections/test', 'post'>>({
    mutationFn: (body) => answer(api.POST('/api/connections/test', { body })),
  });

/** The audiences a key of Mailchimp may see. */
export const useAudiences = () =>
  useMutation<Answer<'/api/connections/audiences', 'post'>, ApiError, string>({
    mutationFn: (key) => answer(api.POST('/api/connections/audiences', { body: { key } })),
  });

/** Who of a pushed segment is not pushed; `last` makes it ask again when a run ended. */
export const useLeftAlone = (id: string, last: Run | null) =>
  useQuery({
    queryKey: ['connections', id, 'left-alone', last?.id, last?.status],
    queryFn: () => answer(api.GET('/api/connections/{id}/left-alone', { params: { path: { id } } })),
    placeholderData: keepPreviousData,
  });

/** A mutation after which everything said of connections is asked for again. */
function useChange<In, Out>(change: (given: In) => Promise<Out>) {
  const client = useQueryClient();
  return useMutation<Out, ApiError, In>({
    mutationFn: change,
    onSuccess: () => client.invalidateQueries({ queryKey: ['connections'] }),
  });
}

export const useCreateConnection = () =>
  useChange((body: NewConnection) => answer(api.POST('/api/connections', { body })));

export const useSaveConnection = (id: string) =>
  useChange((body: ConnectionChange) =>
    answer(api.PATCH('/api/connections/{id}', { params: { path: { id } }, body })),
  );

export function useRemoveConnection(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => answer(api.DELETE('/api/connections/{id}', { params: { path: { id } } })),
    // What was known of it must not be asked for again: it is gone.
    onSuccess: () => {
      client.removeQueries({ queryKey: ['connections', id] });
      return client.invalidateQueries({ queryKey: ['connections'], exact: true });
    },
  });
}

export const useAct = (id: string) =>
  useChange((action: Action) =>
    answer(api.POST(`/api/connections/{id}/${action}`, { params: { path: { id } } })),
  );

export const useReplay = (id: string) =>
  useChange((ids: string[] | undefined) =>
    answer(
      api.POST('/api/connections/{id}/dead-letters/replay', {
        params: { path: { id } },
        body: ids ? { ids } : {},
      }),
    ),
  );
