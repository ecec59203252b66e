import { z } from 'zod';
import { emailTag } from '../kinds.ts';
import { ourMessageId } from '../providers/provider.ts';
import { rowOf, type Told, time } from './told.ts';

const text = z.string().nullish();
const recipients = z.array(z.object({ emailAddress: text, diagnosticCode: text })).default([]);

const mail = z.object({
  messageId: z.string(),
  timestamp: time,
  destination: z.array(z.string()).default([]),
  tags: z.record(z.string(), z.array(z.string())).optional(),
  headers: z.array(z.object({ name: z.string(), value: text })).optional(),
});

/** Each kind of event has its own part, named after it. */
const parts = {
  Send: z.object({}),
  Delivery: z.object({ delivery: z.object({ timestamp: time }) }),
  Bounce: z.object({
    bounce: z.object({
      bounceType: z.string(),
      bounceSubType: text,
      bouncedRecipients: recipients,
      timestamp: time,
      feedbackId: z.string(),
    }),
  }),
  Complaint: z.object({
    complaint: z.object({
      complainedRecipients: recipients,
      complaintFeedbackType: text,
      timestamp: time,
      feedbackId: z.string(),
    }),
  }),
  Open: z.object({ open: z.object({ timestamp: time, userAgent: text }) }),
  Click: z.object({ click: z.object({ timestamp: time, userAgent: text, link: text }) }),
  Reject: z.object({ reject: z.object({ reason: text }) }),
  'Rendering Failure': z.object({ failure: z.object({ errorMessage: text }) }),
};
type Part<Kind extends keyof typeof parts> = z.infer<(typeof parts)[Kind]>;
type Words = Omit<Told, 'email' | 'providerId' | 'takenAt'>;

/** Events say `eventType`, the older notifications about feedback `notificationType`. */
const event = z.object({ eventType: text, notificationType: text, mail });

const readers: { [Kind in keyof typeof parts]: (part: Part<Kind>, mail: Mail) => Words | undefined } = {
  Send: (_, { timestamp }) => ({ kind: 'sent', at: timestamp, key: 'ses:sent' }),
  Delivery: ({ delivery: { timestamp } }) => ({
    kind: 'delivered',
    at: timestamp,
    key: `ses:delivered:${timestamp.toISOString()}`,
  }),
  Bounce: ({ bounce: { bounceType, bounceSubType, bouncedRecipients, timestamp, feedbackId } }) => ({
    kind: 'bounced',
    at: timestamp,
    key: `ses:bounced:${feedbackId}`,
    // Its own list of dead addresses is a permanent one too, and has no words of a server.
    permanent: bounceType === 'Permanent',
    reason: bouncedRecipients[0]?.diagnosticCode ?? `${bounceType}: ${bounceSubType ?? 'no reason given'}`,
    address: bouncedRecipients[0]?.emailAddress ?? undefined,
  }),
  Complaint({ complaint: { complainedRecipients, complaintFeedbackType, timestamp, feedbackId } }) {
    // Somebody took the email out of the spam folder.
    if (complaintFeedbackType === 'not-spam') return undefined;
    return {
      kind: 'complained',
      at: timestamp,
      key: `ses:complained:${feedbackId}`,
      address: complainedRecipients[0]?.emailAddress ?? undefined,
    };
  },
  Open: ({ open: { timestamp, userAgent } }) => ({
    kind: 'opened',
    at: timestamp,
    key: `ses:opened:${timestamp.toISOString()}`,
    userAgent: userAgent ?? undefined,
  }),
  Click: ({ click: { timestamp, userAgent, link } }) => ({
    kind: 'clicked',
    at: timestamp,
    key: `ses:clicked:${timestamp.toISOString()}:${link ?? ''}`,
    url: link ?? undefined,
    userAgent: userAgent ?? undefined,
  }),
  Reject: ({ reject: { reason } }, { timestamp }) => rejected(timestamp, reason),
  'Rendering Failure': ({ failure: { errorMessage } }, { timestamp }) => rejected(timestamp, errorMessage),
};
type Mail = z.infer<typeof mail>;

const rejected = (at: Date, reason: string | null | undefined): Words => ({
  kind: 'rejected',
  at,
  key: 'ses:rejected',
  reason: `Amazon SES took it and did not send it: ${reason ?? 'no reason given'}`,
});

/**
 * What a notification of Amazon SES tells; nothing, of a kind that is not about how an email ended (a delay, a test, a
 * change of somebody's subscription).
 */
export function toldBySes(message: string): Told | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(message);
  } catch {
    // The words with which a topic is tried out.
    return undefined;
  }
  const { data } = event.safeParse(parsed);
  const kind = data?.eventType ?? data?.notificationType ?? '';
  if (!data || !isKnown(kind)) return undefined;
  const words = readPart(kind, parsed, data.mail);
  if (!words) return undefined;
  return {
    address: data.mail.destination[0],
    ...words,
    email: emailOf(data.mail),
    providerId: data.mail.messageId,
    takenAt: data.mail.timestamp,
  };
}

const isKnown = (kind: string): kind is keyof typeof parts => Object.hasOwn(parts, kind);

function readPart<Kind extends keyof typeof parts>(kind: Kind, parsed: unknown, mail: Mail) {
  const part = parts[kind].safeParse(parsed);
  return part.success ? readers[kind](part.data as Part<Kind>, mail) : undefined;
}

/** By the tag every email has; notifications about feedback have none, but the email's headers if that was asked for. */
function emailOf({ tags, headers }: Mail): string | undefined {
  const ours = headers?.find(({ name }) => name.toLowerCase() === ourMessageId.toLowerCase())?.value;
  return rowOf(tags?.[emailTag]?.[0]) ?? rowOf(/^<([^@]+)@/.exec(ours ?? '')?.[1]);
}
