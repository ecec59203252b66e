import type { Header } from '../schema.ts';

/** An email ready to go. The provider must use the Message-ID as given: repeats are told by it. */
export interface RenderedEmail {
  workspace: string;
  /** Ledger row; null for a test email. */
  id: string | null;
  profile: string | null;
  messageId: string;
  from: string;
  to: string;
  subject: string;
  html: string;
  text: string;
  /** Beside those every email has: List-Unsubscribe and its like. */
  headers: Header[];
  date: Date;
}

/**
 * - `temporary`: the same email may go through later
 * - `permanent`: this email never will
 * - `account`: no email of this account will, until a person does something
 */
export type DeliveryErrorKind = 'temporary' | 'permanent' | 'account';

/** Why a provider did not take an email, in the provider's own words. */
export class DeliveryError extends Error {
  readonly kind: DeliveryErrorKind;

  constructor(kind: DeliveryErrorKind, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'DeliveryError';
    this.kind = kind;
  }
}

/** One way of sending. A provider is made for one account and closed when the account changes. */
export interface Provider {
  /** How many emails may be under way at once: at most so many are repeated after a crash. */
  readonly concurrency: number;
  /** How many are claimed at once. */
  readonly batch: number;
  /** How many such batches may be under way at once; 2 where one can be rendered while the other is sent. */
  readonly batches: number;
  /**
   * Resolves when the provider took the email over. Aborting gives up waiting.
   * @throws DeliveryError
   */
  send(email: RenderedEmail, signal: AbortSignal): Promise<{ providerId?: string }>;
  /** Sends all or throws, for a provider where many at once cost little more than one. Repeating it must be harmless. */
  sendBatch?(emails: RenderedEmail[], signal: AbortSignal): Promise<void>;
  close(): void;
}
