import {
  keepPreviousData,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { type Answer, answer, api } from '../api/client.ts';
import type { EmailsSearch } from '../search.ts';

export type Email = Answer<'/api/emails', 'get'>['items'][number];
export type Mail = Answer<'/api/mailbox', 'get'>['items'][number];
export type MailDetail = Answer<'/api/mailbox/{id}', 'get'>;
export type EmailDetail = Answer<'/api/emails/{id}', 'get'>;
export const statuses = [
  'queued',
  'sending',
  'held',
  'sent',
  'failed',
  'suppressed',
  'cancelled',
  'merged',
] as const;
/** What may become of an email that was sent. */
export const results = ['delivered', 'opened', 'clicked', 'bounced', 'complained'] as const;

/** The server's end is not included. */
const dayAfter = (text: string) => new Date(Date.parse(text) + 86_400_000).toISOString().slice(0, 10);

/** What the server is asked for, as the address carries it; without what was left open. */
export function filterOf({ status, search, campaign, step, account, from, to }: EmailsSearch) {
  const asked = {
    status: statuses.find((one) => one === status),
    result: results.find((one) => one === status),
    ...{ search, campaign, step, account, from },
    to: to && dayAfter(to),
  };
  return Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined)) as Partial<
    typeof asked
  >;
}
export type EmailsAsked = ReturnType<typeof filterOf>;

/** The ledger, newest first, page after page. */
export const useEmails = (asked: EmailsAsked) =>
  useInfiniteQuery({
    queryKey: ['emails', asked],
    queryFn: ({ pageParam, signal }) =>
      answer(
        api.GET('/api/emails', {
          params: { query: { ...asked, limit: 50, ...(pageParam ? { cursor: pageParam } : {}) } },
          signal,
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
    refetchInterval: 5_000,
  });

/** One email with its history. */
export const useEmail = (id: string) =>
  useQuery({
    queryKey: ['emails', 'one', id],
    queryFn: () => answer(api.GET('/api/emails/{id}', { params: { path: { id } } })),
    refetchInterval: 5_000,
  });

export function useResend() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => answer(api.POST('/api/emails/{id}/resend', { params: { path: { id } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ['emails'] }),
  });
}

/** All that failed, or are held, of a campaign or of all. */
export function useResendAll() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: { status: 'failed' | 'held'; campaign?: string }) =>
      answer(api.POST('/api/emails/resend', { body })),
    onSuccess: () => client.invalidateQueries({ queryKey: ['emails'] }),
  });
}

export function useWasSent() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => answer(api.POST('/api/emails/{id}/was-sent', { params: { path: { id } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ['emails'] }),
  });
}

/** What the dev mailbox has received, newest first. */
export const useMailbox = (search: string | undefined) =>
  useInfiniteQuery({
    queryKey: ['mailbox', { search }],
    queryFn: ({ pageParam, signal }) =>
      answer(
        api.GET('/api/mailbox', {
          params: {
            query: { limit: 50, ...(search ? { search } : {}), ...(pageParam ? { cursor: pageParam } : {}) },
          },
          signal,
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
    refetchInterval: 3_000,
  });

/** One received email, as it was received. */
export const useMail = (id: string) =>
  useQuery({
    queryKey: ['mailbox', 'one', id],
    queryFn: () => answer(api.GET('/api/mailbox/{id}', { params: { path: { id } } })),
    staleTime: Number.POSITIVE_INFINITY,
  });

export type TemplatePart = Answer<'/api/template-parts', 'get'>['items'][number];

/** Pieces that emails share. */
export const useTemplateParts = () =>
  useQuery({ queryKey: ['template-parts'], queryFn: () => answer(api.GET('/api/template-parts')) });

/** After a change of a part every preview may look different. */
function usePartChange<In, Out>(change: (given: In) => Promise<Out>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['templates'] });
      return client.invalidateQueries({ queryKey: ['template-parts'] });
    },
  });
}

export const useSavePart = () =>
  usePartChange(({ name, source }: { name: string; source: string }) =>
    answer(api.PUT('/api/template-parts/{name}', { params: { path: { name } }, body: { source } })),
  );

export const useDeletePart = () =>
  usePartChange((name: string) =>
    answer(api.DELETE('/api/template-parts/{name}', { params: { path: { name } } })),
  );
