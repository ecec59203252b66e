import type { Claimed, Settlement } from './ledger.ts';
import type { RenderedEmail } from './providers/index.ts';

/** An email rendered for its row of the ledger. */
export interface Prepared {
  email: RenderedEmail;
  row: Claimed;
}

export const sent = ({ email, row }: Prepared, providerId?: string): Settlement => ({
  id: row.id,
  attempts: row.attempts,
  status: 'sent',
  address: email.to,
  subject: email.subject,
  // What a server says may be long, and an index holds it.
  providerId: providerId?.slice(0, 500),
});

/** Failed for its own data. */
export const failure = ({ id, attempts }: Claimed, reason: Error): Settlement => ({
  id,
  attempts,
  status: 'failed',
  error: `The database refused it: ${errorText(reason)}`,
});

/** Back into the queue through no fault of its own. */
export const requeue = (row: Claimed, error?: string, nextAttemptAt?: Date): Settlement => ({
  id: row.id,
  attempts: row.attempts,
  status: 'queued',
  error,
  nextAttemptAt,
  waived: true,
});

export const errorText = (error: unknown) =>
  (error instanceof Error ? error.message : String(error)).slice(0, 1_000);
