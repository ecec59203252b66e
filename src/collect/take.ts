import { randomUUID } from 'node:crypto';
import {
  checkMessage,
  isKeepable,
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
  const refuse = (field: string, reason: string, text = shown(value)) => {
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
  const { timestamp } = message;
  const sentAt = envelope.sentAt && correctable(envelope, timestamp) ? envelope.sentAt : undefined;
  into.messages.push({ ...envelope, sentAt, message: text });
}

/** A value that was refused, as a person is shown it, without the key it came with. */
export function shown(value: unknown): string {
  try {
    return JSON.stringify(value, (key, inner) => (key === 'writeKey' ? undefined : inner)) ?? 'undefined';
  } catch {
    // JSON can be read at any depth, but not printed.
    return '(nested too deep to be shown)';
  }
}

/** Whether the time corrected by the skew of the sender's clock is still one that can be kept. */
function correctable({ receivedAt, sentAt = receivedAt }: Envelope, timestamp: unknown): boolean {
  if (typeof timestamp !== 'string') return true;
  return isKeepable(Date.parse(timestamp) + receivedAt.getTime() - sentAt.getTime());
}

/** `sentAt` as an instant; a value that is none is as good as absent. */
export function instant(value: unknown): Date | undefined {
  if (typeof value !== 'string') return undefined;
  const at = new Date(value);
  return isKeepable(at.getTime()) ? at : undefined;
}
