import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { z } from 'zod';
import { Problem } from '../../engine/index.ts';

/** Reads what lies at an address of Amazon's. Rejects unless it is answered with 2xx. */
export type FetchText = (url: string) => Promise<string>;

const shape = z.object({
  Type: z.enum(['Notification', 'SubscriptionConfirmation', 'UnsubscribeConfirmation']),
  MessageId: z.string(),
  TopicArn: z.string().regex(/^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w.-]{1,256}$/),
  Message: z.string(),
  Timestamp: z.string(),
  SignatureVersion: z.enum(['1', '2']),
  Signature: z.string(),
  SigningCertURL: z.string(),
  Subject: z.string().nullish(),
  Token: z.string().optional(),
  SubscribeURL: z.string().optional(),
});
export type SnsMessage = z.infer<typeof shape>;

/** Version 2 where the topic's attribute SignatureVersion says so. */
const hashes = { 1: 'RSA-SHA1', 2: 'RSA-SHA256' } as const;
/** What is signed, in this order. */
const signed = {
  Notification: ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'],
  SubscriptionConfirmation: [
    'Message',
    'MessageId',
    'SubscribeURL',
    'Timestamp',
    'Token',
    'TopicArn',
    'Type',
  ],
  UnsubscribeConfirmation: ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'],
} as const;

/** A region begins with letters: `sns.s3-eu-west-1.amazonaws.com` would be a bucket that anybody may own. */
const host = /^sns\.[a-z]{2,4}(-[a-z]+)+-\d{1,2}\.amazonaws\.com(\.cn)?$/;
const certificatePath = /^\/SimpleNotificationService[-\w]*\.pem$/;
/** Amazon changes its certificates about once a year, so few are ever seen. */
const mostCertificates = 100;

/**
 * Messages of Amazon SNS: that they are Amazon's is proven by a signature whose certificate lies on a host of SNS, so it is the
 * address of the certificate on which everything depends. Whose topic it is must be asked besides: anybody may have one.
 */
export function createSns(fetchText: FetchText = fetchFromAmazon) {
  const keys = new Map<string, Promise<KeyObject>>();

  function keyAt(url: string): Promise<KeyObject> {
    const known = keys.get(url);
    if (known) return known;
    if (keys.size >= mostCertificates) keys.clear();
    const fetched = fetchText(url)
      .then((pem) => createPublicKey(pem))
      .catch((cause) => {
        // Asked for anew by the next message.
        keys.delete(url);
        throw new Problem(503, 'certificate_unreachable', `The certificate ${url} could not be read.`, {
          retryAfter: 30,
          cause,
        });
      });
    keys.set(url, fetched);
    return fetched;
  }

  return {
    /** The message, if Amazon signed it. @throws Problem 400, 403; 503 while its certificate cannot be read */
    async read(body: string): Promise<SnsMessage> {
      const parsed = shape.safeParse(json(body));
      if (!parsed.success) {
        throw new Problem(400, 'not_sns', 'This is not a message of Amazon SNS.', {
          hint: 'The subscription must not have raw message delivery, which leaves the signature out.',
        });
      }
      const message = parsed.data;
      const url = ofAmazon(message.SigningCertURL);
      if (!url || !certificatePath.test(url.pathname) || url.search) {
        throw forged(`The certificate is not Amazon's: ${message.SigningCertURL.slice(0, 200)}`);
      }
      const text = signed[message.Type]
        .filter((name) => message[name] != null)
        .map((name) => `${name}\n${message[name]}\n`)
        .join('');
      const key = await keyAt(url.href);
      const signature = Buffer.from(message.Signature, 'base64');
      if (!verify(hashes[message.SignatureVersion], Buffer.from(text), key, signature)) {
        throw forged('The signature is not that of the message.');
      }
      return message;
    },

    /** Says to Amazon that the topic may send here. @throws Problem 403; 502 when Amazon does not take it */
    async confirm({ SubscribeURL = '' }: SnsMessage): Promise<void> {
      const url = ofAmazon(SubscribeURL);
      if (url?.searchParams.get('Action') !== 'ConfirmSubscription') {
        throw forged(`The address to confirm at is not Amazon's: ${SubscribeURL.slice(0, 200)}`);
      }
      await fetchText(url.href).catch((cause) => {
        throw new Problem(502, 'not_confirmed', 'Amazon did not take the confirmation.', {
          hint: 'Request another confirmation in the console of SNS.',
          cause,
        });
      });
    },
  };
}

function ofAmazon(address: string): URL | undefined {
  if (!URL.canParse(address)) return undefined;
  const url = new URL(address);
  const plain = url.protocol === 'https:' && !url.port && !url.username && !url.password;
  return plain && host.test(url.hostname) ? url : undefined;
}

const forged = (message: string) => new Problem(403, 'not_signed', message);

function json(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

async function fetchFromAmazon(url: string): Promise<string> {
  const answer = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(10_000) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${answer.status}: ${text.slice(0, 200)}`);
  return text;
}
