import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type Answer, answer, api, type Body } from '../api/client.ts';

export type Source = Answer<'/api/import-sources', 'get'>['items'][number];
export type Bucket = Body<'/api/import-sources/test', 'post'>;
type NewSource = Body<'/api/import-sources', 'post'>;

const queryKey = ['import-sources'];

export const useSources = () =>
  useQuery({ queryKey, queryFn: () => answer(api.GET('/api/import-sources')), refetchInterval: 10_000 });

/** Says whether a bucket can be read, before it is added. */
export const useTestBucket = () =>
  useMutation({ mutationFn: (body: Bucket) => answer(api.POST('/api/import-sources/test', { body })) });

function useThenRefresh<T, R>(mutationFn: (given: T) => Promise<R>) {
  const client = useQueryClient();
  return useMutation({ mutationFn, onSuccess: () => client.invalidateQueries({ queryKey }) });
}

export const useAddSource = () =>
  useThenRefresh((body: NewSource) => answer(api.POST('/api/import-sources', { body })));

const at = (id: string) => ({ params: { path: { id } } });

export const useTestSource = () =>
  useThenRefresh((id: string) => answer(api.POST('/api/import-sources/{id}/test', at(id))));

export const useLookNow = () =>
  useThenRefresh((id: string) => answer(api.POST('/api/import-sources/{id}/look', at(id))));

export const usePauseSource = () =>
  useThenRefresh(({ id, paused }: { id: string; paused: boolean }) =>
    answer(api.PATCH('/api/import-sources/{id}', { ...at(id), body: { paused } })),
  );

export const useRemoveSource = () =>
  useThenRefresh((id: string) => answer(api.DELETE('/api/import-sources/{id}', at(id))));
