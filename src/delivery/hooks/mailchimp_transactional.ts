import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { instant, rowOf, type Told } from './told.ts';

const text = z.string().nullish();

const event = z.object({
  event: z.string(),
  ts: z
    .number()
    .transform((seconds) => new Date(seconds * 1_000))
    .pipe(instant),
  url: text,
  user_agent: text,
  msg: z.object({
    _id: text,
    email: text,
    // Without any it is an empty list.
    metadata: z.unknown().optional(),
    diag: text,
    bounce_description: text,
    reject: z.unknown().optional(),
  }),
});
type Event = z.infer<typeof event>;

/** Names of theirs that say how an email ended; the others are of delays and lists. */
const kinds: Record<string, Told['kind']> = {
  send: 'sent',
  delivered: 'delivered',
  hard_bounce: 'bounced',
  soft_bounce: 'bounced',
  open: 'opened',
  click: 'clicked',
  spam: 'complained',
  unsub: 'unsubscribed',
  reject: 'rejected',
};

/** With what a new webhook is tried out, before it has a key of its own; no event comes so. */
export const tryOut = '[]';

/** HMAC-SHA1 of the address as it was entered there, and of every parameter's name and value in the order of their names. */
export function isSigned(key: string, url: string, form: URLSearchParams, signature: string): boolean {
  const parameters = [...form].sort(([a], [b]) => (a < b ? -1 : 1)).flat();
  const expected = createHmac('sha1', key)
    .update([url, ...parameters].join(''))
    .digest();
  const given = Buffer.from(signature, 'base64');
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/**
 * What the value of `mandrill_events` tells; an event that cannot be read costs itself alone.
 * @returns undefined for what is no list
 */
export function toldByMailchimp(events: string): { told: Told[]; unread: number } | undefined {
  let list: unknown;
  try {
    list = JSON.parse(events);
  } catch {
    return undefined;
  }
  if (!Array.isArray(list)) return undefined;
  const read = list.map((one) => event.safeParse(one).data).filter((one) => one !== undefined);
  return { told: read.flatMap(toldBy), unread: list.length - read.length };
}

function toldBy({ event, ts: at, url, user_agent, msg }: Event): Told[] {
  const kind = Object.hasOwn(kinds, event) ? kinds[event] : undefined;
  if (!kind) return [];
  const metadata = (msg.metadata ?? {}) as { email_id?: unknown };
  return [
    {
      kind,
      at,
      key: `mailchimp:${event}:${at.getTime()}:${url ?? ''}`,
      email: rowOf(metadata.email_id),
      providerId: msg._id ?? undefined,
      address: msg.email ?? undefined,
      url: url ?? undefined,
      userAgent: user_agent ?? undefined,
      permanent: event === 'hard_bounce',
      reason: reasonOf(event, msg),
    },
  ];
}

function reasonOf(event: string, { diag, bounce_description, reject }: Event['msg']): string | undefined {
  if (event !== 'reject') return diag || bounce_description || undefined;
  const reason =
    typeof reject === 'object' && reject !== null && 'reason' in reject ? reject.reason : undefined;
  return `Mailchimp took it and did not send it: ${typeof reason === 'string' ? reason : 'no reason given'}`;
}
