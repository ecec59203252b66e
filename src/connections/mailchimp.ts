import { z } from 'zod';
import type { Call, Http } from './http.ts';

/** Mailchimp Marketing API 3.0. Facts from its reference: mailchimp.com/developer/marketing/api. */

export const mailchimpKey = z
  .string()
  .trim()
  .regex(
    /-[a-z]{2,4}\d+$/,
    'must be a Marketing API key: it ends with a dash and the data centre, as in …-us21',
  )
  .meta({ title: 'API key' })
  .describe('Account → Extras → API keys');

export const mailchimpList = z
  .string()
  .trim()
  .min(1)
  .meta({ title: 'Audience (list) id' })
  .describe('The audience’s id, under Settings → Audience name and defaults');

/** Mailchimp allows 10 calls at once for one account; the others are for people who test and map. */
export const mailchimpConcurrency = 8;

/** Tests put a server of their own in its place: `http://127.0.0.1:1234/{dc}`. */
const base = (key: string) => {
  const dc = /-([a-z]{2,4}\d+)$/.exec(key)?.[1] ?? '';
  const address = process.env.RAPPORT_MAILCHIMP_URL ?? 'https://{dc}.api.mailchimp.com';
  return `${address.replace('{dc}', dc)}/3.0`;
};

export const listPath = (list: string) => `/lists/${encodeURIComponent(list)}`;

export interface MailchimpCall extends Omit<Call, 'body' | 'headers'> {
  query?: Record<string, string>;
  /** Sent as JSON. */
  send?: unknown;
}

/** What a call is made of: its address and the rest. */
export function mailchimpCall(key: string, path: string, { query = {}, send, ...call }: MailchimpCall = {}) {
  const asked = new URLSearchParams(query).toString();
  const url = `${base(key)}${path}${asked ? `?${asked}` : ''}`;
  const headers = { Authorization: `Basic ${Buffer.from(`rapport:${key}`).toString('base64')}` };
  if (send === undefined) return { url, call: { ...call, headers } };
  const json = { ...headers, 'content-type': 'application/json' };
  return { url, call: { method: 'POST' as const, ...call, headers: json, body: JSON.stringify(send) } };
}

/** Calls and reads the answer as JSON. */
export function askMailchimp<T>(http: Http, key: string, path: string, given?: MailchimpCall) {
  const { url, call } = mailchimpCall(key, path, given);
  return http.json<T>(url, call);
}

export interface MergeField {
  tag: string;
  name: string;
  type: string;
  required: boolean;
}

/** The fields an audience has for its contacts, beside their address. */
export async function mergeFieldsOf(http: Http, key: string, list: string): Promise<MergeField[]> {
  const { value } = await askMailchimp<{ merge_fields: MergeField[] }>(
    http,
    key,
    `${listPath(list)}/merge-fields`,
    {
      query: {
        count: '1000',
        fields:
          'merge_fields.tag,merge_fields.name,merge_fields.type,merge_fields.required,merge_fields.merge_id',
      },
    },
  );
  return value.merge_fields.map(({ tag, name, type, required }) => ({ tag, name, type, required }));
}

export interface Audience {
  id: string;
  name: string;
  count: number;
}

/** The audiences a key may see. */
export async function audiencesOf(http: Http, key: string): Promise<Audience[]> {
  const { value } = await askMailchimp<{
    lists: { id: string; name: string; stats: { member_count: number } }[];
  }>(http, key, '/lists', {
    query: { count: '1000', fields: 'lists.id,lists.name,lists.stats.member_count,total_items' },
  });
  return value.lists.map(({ id, name, stats }) => ({ id, name, count: stats.member_count }));
}

/** What an audience is called, how many are on it, and its fields. */
export async function audienceWith(http: Http, key: string, list: string) {
  const { value } = await askMailchimp<{ name: string; stats: { member_count: number } }>(
    http,
    key,
    listPath(list),
    { query: { fields: 'name,stats.member_count' } },
  );
  return { name: value.name, count: value.stats.member_count, fields: await mergeFieldsOf(http, key, list) };
}
