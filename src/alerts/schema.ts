import { z } from 'zod';
import { id } from '../engine/index.ts';

export const channelKinds = ['webhook', 'slack', 'email'] as const;
export type ChannelKind = (typeof channelKinds)[number];

const name = z.string().trim().min(1).max(100);
const url = z
  .url({ protocol: /^https?$/, error: 'must be an address that begins with https://' })
  .max(2_000)
  .describe('Kept sealed; never given out again');
const secret = z
  .string()
  .min(16)
  .max(200)
  .describe('What messages are signed with; made when not given, and given out in this answer only');
const to = z.email().max(254);

export const newChannel = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('webhook'), name, url, secret: secret.optional() }),
  z.object({ kind: z.literal('slack'), name, url: url.describe('An incoming webhook; kept sealed') }),
  z.object({ kind: z.literal('email'), name, to }),
]);
export const channelChange = z
  .object({ name, url, secret, to, paused: z.boolean() })
  .partial()
  .refine((change) => Object.keys(change).length > 0, { message: 'give something to change' });
export type NewChannel = z.infer<typeof newChannel>;
export type ChannelChange = z.infer<typeof channelChange>;

const time = z.iso.datetime();

export const channel = z.object({
  id,
  name,
  kind: z.enum(channelKinds),
  target: z.string().describe('The email address, or the host of the web address'),
  paused: z.boolean(),
  arrived_at: time.nullable().describe('When the last message arrived'),
  last_error: z.string().nullable().describe('Why the last message did not'),
  created_at: time,
});
export type Channel = z.infer<typeof channel>;

export const tested = z.object({
  arrived: z.boolean(),
  said: z.string().describe('What the other side answered, or why it could not be reached'),
  took_ms: z.number(),
});
export type Tested = z.infer<typeof tested>;

const member = z.object({
  name: z.string(),
  path: z.string(),
  joined_at: time,
  left_at: time.nullable(),
  left_how: z.enum(['well', 'paused', 'removed', 'moved']).nullable(),
});

export const incident = z.object({
  id,
  watch: z.string().describe('What it is about: connection or account'),
  kind: z.string(),
  cause: z.string().describe('late, or a code of trouble that needs a person'),
  needs_person: z.boolean(),
  summary: z.string(),
  message: z.string().nullable(),
  hint: z.string().nullable(),
  opened_at: time,
  closed_at: time.nullable(),
  unwell: z.number().int(),
  total: z.number().int(),
  undelivered: z.number().int().describe('Messages that did not arrive anywhere yet'),
  members: z.array(member).describe('The first ten; all of them at /api/alerts/incidents/{id}'),
});
export type ShownIncident = z.infer<typeof incident>;
