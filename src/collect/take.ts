import { randomUUID } from 'node:crypto';
import {
  checkMessage,
  type LogMessage,
  type MessageType,
  maxMessageBytes,
  messageText,
  type Rejected,
} from '../log/index.ts';

/** What of a request goes into the log, and what does not. */
export interface Taken {
  messages: LogMessage[];
  rejected: Rejected[];
}

/** What all messages of a request have in common. */
export type Envelope = Omit<LogMessage, 'message'>;

/** Checks one value and puts it on the one list or the other. */
export function take(
  into: Taken,
  value: unknown,
  type: MessageType | undefined,
  at: string,
  envelope: Envelope,
) {
  const refuse = (field: string, reason: string, text = JSON.stringify(value) ?? 'undefined') => {
    const { workspace, source, receivedAt } = envelope;
    into.rejected.push({ workspace, source, receivedAt, field, reason, message: text });
  };
  const fault = checkMessage(value, type, at);
  if (fault) return refuse(fault.field, fault.reason);
  const message = value as Record<string, unknown>;
  message.messageId ||= randomUUID();
  // Keys of the request, not of the message; the write key is a secret of sorts and stays out of the log.
  delete message.writeKey;
  delete message.sentAt;
  const text = messageText(message);
  if (Buffer.byteLength(text) > maxMessageBytes) {
    return refuse(at.replace(/\.$/, '') || 'body', `is over ${maxMessageBytes / 1024} KB`, text);
  }
  into.messages.push({ ...envelope, message: text });
}

/** `sentAt` as an instant; a value that is none is as good as absent. */
export function instant(value: unknown): Date | undefined {
  if (typeof value !== 'string') return undefined;
  const at = new Date(value);
  const year = at.getUTCFullYear();
  return year >= 1970 && year <= 2200 ? at : undefined;
}
