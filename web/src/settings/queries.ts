import {
  keepPreviousData,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { type Answer, answer, api, type Body } from '../api/client.ts';

export type Key = Answer<'/api/keys', 'get'>['items'][number];
export type Account = Answer<'/api/accounts', 'get'>['items'][number];
export type NewAccount = Body<'/api/accounts', 'post'>;
export type AccountChange = Body<'/api/accounts/{id}', 'patch'>;
export type Suppression = Answer<'/api/suppressions', 'get'>['items'][number];
export type Consent = Answer<'/api/consents', 'get'>['items'][number];

/** A mutation after which the lists of these keys are asked for again. */
function useChange<In, Out>(key: string, change: (given: In) => Promise<Out>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: () => client.invalidateQueries({ queryKey: [key] }),
  });
}

export function useSaveWorkspace() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Body<'/api/workspace', 'patch'>) => answer(api.PATCH('/api/workspace', { body })),
    // Every time and every series is shown in the workspace's zone.
    onSuccess: () => client.invalidateQueries(),
  });
}

export const useKeys = () => useQuery({ queryKey: ['keys'], queryFn: () => answer(api.GET('/api/keys')) });

export const useCreateKey = () =>
  useChange('keys', (body: Body<'/api/keys', 'post'>) => answer(api.POST('/api/keys', { body })));

export const useDeleteKey = () =>
  useChange('keys', (id: string) => answer(api.DELETE('/api/keys/{id}', { params: { path: { id } } })));

/** Provider accounts; asked again and again while one of them sends. */
export const useAccounts = () =>
  useQuery({
    queryKey: ['accounts'],
    queryFn: () => answer(api.GET('/api/accounts')),
    refetchInterval: ({ state }) =>
      state.data?.items.some(({ usage }) => usage.sending > 0) ? 2_000 : 10_000,
  });

export const useCreateAccount = () =>
  useChange('accounts', (body: NewAccount) => answer(api.POST('/api/accounts', { body })));

export const useSaveAccount = (id: string) =>
  useChange('accounts', (body: AccountChange) =>
    answer(api.PATCH('/api/accounts/{id}', { params: { path: { id } }, body })),
  );

export const useDeleteAccount = () =>
  useChange('accounts', (id: string) =>
    answer(api.DELETE('/api/accounts/{id}', { params: { path: { id } } })),
  );

export const useTestAccount = (id: string) =>
  useMutation({
    mutationFn: (to: string) =>
      answer(api.POST('/api/accounts/{id}/test', { params: { path: { id } }, body: { to } })),
  });

export const useSuppressions = (search: string | undefined) =>
  useInfiniteQuery({
    queryKey: ['suppressions', search],
    queryFn: ({ pageParam, signal }) =>
      answer(
        api.GET('/api/suppressions', {
          params: {
            query: { limit: 50, ...(search ? { search } : {}), ...(pageParam ? { cursor: pageParam } : {}) },
          },
          signal,
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  });

export const useConsents = ({
  search,
  status,
}: {
  search: string | undefined;
  status: Consent['status'] | undefined;
}) =>
  useInfiniteQuery({
    queryKey: ['consents', search, status],
    queryFn: ({ pageParam, signal }) =>
      answer(
        api.GET('/api/consents', {
          params: {
            query: {
              limit: 50,
              ...(search ? { search } : {}),
              ...(status ? { status } : {}),
              ...(pageParam ? { cursor: pageParam } : {}),
            },
          },
          signal,
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  });

export const useAddSuppression = () =>
  useChange('suppressions', (address: string) =>
    answer(api.POST('/api/suppressions', { body: { address, reason: 'manual' } })),
  );

export const useDeleteSuppression = () =>
  useChange('suppressions', (id: string) =>
    answer(api.DELETE('/api/suppressions/{id}', { params: { path: { id } } })),
  );
