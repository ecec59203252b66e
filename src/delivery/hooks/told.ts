import { z } from 'zod';
import { id } from '../../engine/index.ts';
import type { Happening } from '../happenings.ts';

/** What a provider tells of an email, before it is known which of ours that is. */
export interface Told extends Omit<Happening, 'email' | 'kind' | 'machine'> {
  /** `rejected`: taken from us, and then not sent after all. */
  kind: Happening['kind'] | 'rejected' | 'unsubscribed';
  /** The ledger row, where the provider was told and gives it back. */
  email: string | undefined;
  /** Its own id of the email. */
  providerId: string | undefined;
  /** When the provider took the email, where it says so. */
  takenAt?: Date | undefined;
  /** What opened or clicked. */
  userAgent?: string | undefined;
}

/** A time that can be one: no table could hold all that JavaScript can. */
export const instant = z.date().min(new Date('2000-01-01T00:00:00Z')).max(new Date('2100-01-01T00:00:00Z'));
export const time = z
  .string()
  .transform((text) => new Date(text))
  .pipe(instant);

/** The id of a ledger row among what a provider gives back; others may use the same account, with words of their own. */
export const rowOf = (value: unknown): string | undefined => id.safeParse(value).data;
