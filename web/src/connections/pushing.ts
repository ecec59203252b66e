import type { Connection, Sink } from './queries.ts';

/** The kind of connection whose people are ours and go elsewhere. */
export const pushKind = 'segment';

export type Audience = Extract<Sink, { kind: 'mailchimp_audience' }>;

export const isPush = ({ kind }: Pick<Connection, 'kind'>): boolean => kind === pushKind;

/** The audience a segment is pushed to. */
export const audienceOf = (sinks: readonly Sink[]): Audience | undefined =>
  sinks.find((sink) => sink.kind === 'mailchimp_audience');

/** Why somebody is left alone, after "12 people are". */
export const leftAloneWords: Record<string, string> = {
  suppressed: 'suppressed or unsubscribed here',
  without_address: 'without an email address',
  unsubscribed: 'unsubscribed at Mailchimp',
  cleaned: 'cleaned at Mailchimp: their addresses bounced',
  pending: 'asked by Mailchimp to confirm, and have not yet',
  transactional: 'known to Mailchimp by purchases alone, and not subscribed',
};
