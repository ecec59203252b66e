import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type Answer, type ApiError, answer, api, type Body } from '../api/client.ts';

export type Incident = Answer<'/api/alerts/incidents/{id}', 'get'>;
export type Member = Incident['members'][number];
export type Channel = Answer<'/api/alerts/channels', 'get'>['items'][number];
export type NewChannel = Body<'/api/alerts/channels', 'post'>;
export type ChannelChange = Body<'/api/alerts/channels/{id}', 'patch'>;

/** Incidents, newest first: those that are open, or those that are over. */
export const useIncidents = (open: boolean) =>
  useQuery({
    queryKey: ['alerts', 'incidents', open],
    queryFn: () =>
      answer(
        api.GET('/api/alerts/incidents', {
          params: { query: { open: open ? 'true' : 'false', limit: open ? 200 : 50 } },
        }),
      ),
    refetchInterval: open ? 10_000 : 15_000,
  });

/** One incident with all that is in it. */
export const useIncident = (id: string) =>
  useQuery({
    queryKey: ['alerts', 'incidents', id],
    queryFn: () => answer(api.GET('/api/alerts/incidents/{id}', { params: { path: { id } } })),
    refetchInterval: 10_000,
  });

export const useChannels = () =>
  useQuery({
    queryKey: ['alerts', 'channels'],
    queryFn: () => answer(api.GET('/api/alerts/channels')),
    refetchInterval: 15_000,
  });

/** A mutation after which channels are asked for again, whatever came of it. */
function useChange<In, Out>(change: (given: In) => Promise<Out>) {
  const client = useQueryClient();
  return useMutation<Out, ApiError, In>({
    mutationFn: change,
    onSettled: () => client.invalidateQueries({ queryKey: ['alerts', 'channels'] }),
  });
}

export const useAddChannel = () =>
  useChange((body: NewChannel) => answer(api.POST('/api/alerts/channels', { body })));

export const useSaveChannel = (id: string) =>
  useChange((body: ChannelChange) =>
    answer(api.PATCH('/api/alerts/channels/{id}', { params: { path: { id } }, body })),
  );

export const useRemoveChannel = (id: string) =>
  useChange(() => answer(api.DELETE('/api/alerts/channels/{id}', { params: { path: { id } } })));

export const useTestChannel = (id: string) =>
  useChange(() => answer(api.POST('/api/alerts/channels/{id}/test', { params: { path: { id } } })));
