import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type Answer, answer, api, type Body } from '../api/client.ts';

export type Campaign = Answer<'/api/campaigns/{id}', 'get'>;
export type Definition = Campaign['definition'];
export type Step = Definition['steps'][number];
export type EmailStep = Extract<Step, { type: 'email' }>;
export type StepType = Step['type'];
export type StepOf<T extends StepType> = Extract<Step, { type: T }>;
export type Trigger = Definition['entry']['trigger'];
export type TriggerOf<T extends Trigger['type']> = Extract<Trigger, { type: T }>;
export type Weekday = NonNullable<StepOf<'wait_until'>['days']>[number];
export type Report = Answer<'/api/campaigns/{id}/report', 'get'>;
export type StepReport = Report['steps'][number];
export type EmailCounts = Report['emails'];
export type Version = Answer<'/api/campaigns/{id}/versions', 'get'>['items'][number];
export type DryRun = Answer<'/api/campaigns/dry-run', 'post'>;
export type FrequencyCap = NonNullable<Answer<'/api/campaigns/frequency-cap', 'get'>['cap']>;

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

/** Every definition a campaign ran by, newest first. */
export const useVersions = (id: string) =>
  useQuery({
    queryKey: ['campaigns', id, 'versions'],
    queryFn: () => answer(api.GET('/api/campaigns/{id}/versions', { params: { path: { id } } })),
  });

/** What a definition would do, were it started now. */
export const useDryRun = (definition: Definition, enabled: boolean) =>
  useQuery({
    queryKey: ['campaigns', 'dry-run', definition],
    queryFn: ({ signal }) => answer(api.POST('/api/campaigns/dry-run', { body: { definition }, signal })),
    enabled,
    placeholderData: keepPreviousData,
    staleTime: 10_000,
    gcTime: 60_000,
  });

const capKey = ['campaigns', 'frequency-cap'];

/** How many emails a person may get of all campaigns together. */
export const useFrequencyCap = () =>
  useQuery({ queryKey: capKey, queryFn: () => answer(api.GET('/api/campaigns/frequency-cap')) });

export function useSetFrequencyCap() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (cap: FrequencyCap | null) =>
      answer(api.PUT('/api/campaigns/frequency-cap', { body: { cap } })),
    onSuccess: (kept) => client.setQueryData(capKey, kept),
  });
}

/** What webhooks of campaigns are signed with. */
export const useWebhookSecret = () =>
  useQuery({
    queryKey: ['campaigns', 'webhook-secret'],
    queryFn: () => answer(api.GET('/api/campaigns/webhook-secret')),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** Takes one person out of a campaign. */
export function useTakeOut(person: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) =>
      answer(api.DELETE('/api/campaigns/{id}/people/{person}', { params: { path: { id, person } } })),
    onSuccess: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: ['people'] }),
        client.invalidateQueries({ queryKey: ['campaigns'] }),
      ]),
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
