import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type Answer, answer, api, type Body } from '../api/client.ts';

export type Campaign = Answer<'/api/campaigns/{id}', 'get'>;
export type Definition = Campaign['definition'];
export type Step = Definition['steps'][number];
export type EmailStep = Extract<Step, { type: 'email' }>;
export type WaitStep = Extract<Step, { type: 'wait' }>;
export type Report = Answer<'/api/campaigns/{id}/report', 'get'>;

/** Campaigns, with how many people are in each. */
export const useCampaigns = () =>
  useQuery({
    queryKey: ['campaigns'],
    queryFn: () => answer(api.GET('/api/campaigns')),
    refetchInterval: ({ state }) =>
      state.data?.items.some((one) => one.status === 'running') ? 3_000 : 30_000,
  });

export const useCampaign = (id: string) =>
  useQuery({
    queryKey: ['campaigns', id],
    queryFn: () => answer(api.GET('/api/campaigns/{id}', { params: { path: { id } } })),
    refetchInterval: ({ state }) => (state.data?.status === 'running' ? 5_000 : false),
  });

/** What came of a campaign; asked again every second or two while it runs. */
export const useReport = (id: string, running: boolean) =>
  useQuery({
    queryKey: ['campaigns', id, 'report'],
    queryFn: () => answer(api.GET('/api/campaigns/{id}/report', { params: { path: { id } } })),
    // A stopped campaign's emails may still be unsubscribed from.
    refetchInterval: running ? 1_500 : 10_000,
  });

export interface Draft {
  name: string;
  definition: Definition;
}

export function useCreateCampaign() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (draft: Draft) => answer(api.POST('/api/campaigns', { body: draft })),
    onSuccess: () => client.invalidateQueries({ queryKey: ['campaigns'] }),
  });
}

export function useSaveCampaign(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (draft: Draft) =>
      answer(api.PATCH('/api/campaigns/{id}', { params: { path: { id } }, body: draft })),
    onSuccess: (saved) => {
      client.setQueryData(['campaigns', id], saved);
      return client.invalidateQueries({ queryKey: ['campaigns'] });
    },
  });
}

export type Action = 'start' | 'pause' | 'resume' | 'stop';

export function useCampaignAction(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (action: Action) =>
      answer(api.POST(`/api/campaigns/{id}/${action}`, { params: { path: { id } } })),
    onSettled: () => client.invalidateQueries({ queryKey: ['campaigns'] }),
  });
}

export function useDeleteCampaign(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => answer(api.DELETE('/api/campaigns/{id}', { params: { path: { id } } })),
    onSuccess: () => {
      client.removeQueries({ queryKey: ['campaigns', id] });
      return client.invalidateQueries({ queryKey: ['campaigns'], exact: true });
    },
  });
}

export interface Letter {
  subject: string;
  html: string;
  text?: string | undefined;
  person_id?: string | undefined;
}

export type TemplateProblem = Answer<'/api/templates/preview', 'post'>['problems'][number];

/** Sends what the preview shows to one address. */
export const useTestEmail = () =>
  useMutation({
    mutationFn: (body: Body<'/api/templates/test', 'post'>) =>
      answer(api.POST('/api/templates/test', { body })),
  });

/** What a person would get: the letter with their values filled in, and what is wrong in it. */
export const usePreview = (letter: Letter) =>
  useQuery({
    queryKey: ['templates', 'preview', letter],
    queryFn: ({ signal }) => answer(api.POST('/api/templates/preview', { body: letter, signal })),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    gcTime: 60_000,
  });
