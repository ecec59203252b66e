import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type Answer, answer, api, type Body } from '../api/client.ts';

export type LogHealth = Answer<'/api/log/health', 'get'>;
export type Rejected = Answer<'/api/log/rejected', 'get'>['items'][number];
export type Reprocessing = Answer<'/api/reprocess/{id}', 'get'>;

/** How messages are coming in. */
export const useLogHealth = () =>
  useQuery({
    queryKey: ['log', 'health'],
    queryFn: () => answer(api.GET('/api/log/health')),
    refetchInterval: 5_000,
  });

/** The newest messages that could not be taken, all or for one reason. */
export const useRejected = (reason: string | undefined) =>
  useQuery({
    queryKey: ['log', 'rejected', reason],
    queryFn: () =>
      answer(
        api.GET('/api/log/rejected', { params: { query: { limit: 100, ...(reason ? { reason } : {}) } } }),
      ),
    placeholderData: keepPreviousData,
    refetchInterval: 15_000,
  });

export const isUnderWay = ({ status }: Pick<Reprocessing, 'status'>) =>
  status === 'queued' || status === 'running';

/** The reprocessings there were, the newest first; asked often while one is under way. */
export const useReprocessings = () =>
  useQuery({
    queryKey: ['log', 'reprocess'],
    queryFn: () => answer(api.GET('/api/reprocess')),
    refetchInterval: ({ state }) => (state.data?.items.some(isUnderWay) ? 1_000 : 15_000),
  });

export function useStartReprocessing() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Body<'/api/reprocess', 'post'>) => answer(api.POST('/api/reprocess', { body })),
    onSuccess: () => client.invalidateQueries({ queryKey: ['log', 'reprocess'] }),
  });
}

export function useCancelReprocessing(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => answer(api.POST('/api/reprocess/{id}/cancel', { params: { path: { id } } })),
    onSettled: () => client.invalidateQueries({ queryKey: ['log', 'reprocess'] }),
  });
}
