import nodemailer from 'nodemailer';
import { type Header, parseSender } from '../schema.ts';
import { DeliveryError, ourMessageId, type RenderedEmail } from './provider.ts';

/** The email as nodemailer wants it. */
export function mailOf(email: RenderedEmail, more: readonly Header[] = []) {
  const sender = parseSender(email.from);
  return {
    from: sender ? { name: sender.name, address: sender.address } : email.from,
    to: { name: '', address: email.to },
    subject: email.subject,
    html: email.html,
    text: email.text,
    messageId: email.messageId,
    date: email.date,
    // Prepared: no folding, since the signed link in it must stay whole and is plain ASCII.
    headers: Object.fromEntries(
      [...email.headers, ...more].map(({ name, value }) => [name, { prepared: true, value }]),
    ),
  };
}

/** Nothing a template says may make the server read files or fetch pages. */
export const noSideEffects = { disableFileAccess: true, disableUrlAccess: true } as const;

const composer = nodemailer.createTransport({
  ...{ streamTransport: true, buffer: true, newline: 'windows' },
  ...noSideEffects,
});

export interface Mime {
  bytes: Buffer;
  /** The From header as it stands in the bytes: names encoded, on one line. */
  from: string;
  /** The address alone; domains in the letters of DNS. */
  to: string;
}

/**
 * The whole email in bytes, for providers that take it so. They may put a Message-ID of their own there: ours is
 * also in a header that they leave alone.
 */
export async function mimeOf(email: RenderedEmail, more: readonly Header[] = []): Promise<Mime> {
  const ours = { name: ourMessageId, value: email.messageId };
  const { message, envelope } = await composer
    .sendMail(mailOf(email, [...more, ours]))
    .catch((cause: Error) => {
      throw new DeliveryError('permanent', `It cannot be composed: ${cause.message}`, { cause });
    });
  const bytes = message as Buffer;
  const head = bytes
    .subarray(0, bytes.indexOf('\r\n\r\n'))
    .toString('latin1')
    .replace(/\r\n[ \t]+/g, ' ');
  return { bytes, from: /^From: (.*)$/m.exec(head)![1]!.trim(), to: String(envelope.to[0]) };
}
