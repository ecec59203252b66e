/** What an address may carry behind its `?`, room by room. What is not understood is left out. */
type Given = Record<string, unknown>;

const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
const oneOf = <T extends string>(value: unknown, ...allowed: T[]): T | undefined =>
  allowed.find((one) => one === value);

export interface OverviewSearch {
  show?: 'events' | 'emails' | 'revenue' | undefined;
  interval?: 'hour' | 'day' | undefined;
}
export const overview = (given: Given): OverviewSearch => ({
  show: oneOf(given.show, 'events', 'emails', 'revenue'),
  interval: oneOf(given.interval, 'hour', 'day'),
});

export interface PeopleSearch {
  search?: string | undefined;
  segment?: string | undefined;
}
export const people = (given: Given): PeopleSearch => ({
  search: text(given.search),
  segment: text(given.segment),
});

/** What narrows the ledger; days are the workspace's, both included. */
export interface EmailsSearch {
  /** A status, or what became of those that were sent. */
  status?: string | undefined;
  search?: string | undefined;
  campaign?: string | undefined;
  step?: string | undefined;
  account?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  /** The email whose history is shown. */
  open?: string | undefined;
}
const day = (value: unknown) =>
  typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value) && !Number.isNaN(Date.parse(value))
    ? value
    : undefined;
export const emails = (given: Given): EmailsSearch => ({
  status: text(given.status),
  search: text(given.search),
  campaign: text(given.campaign),
  step: text(given.step),
  account: text(given.account),
  from: day(given.from),
  to: day(given.to),
  open: text(given.open),
});

export interface MailboxSearch {
  search?: string | undefined;
  open?: string | undefined;
}
export const mailbox = (given: Given): MailboxSearch => ({
  search: text(given.search),
  open: text(given.open),
});

export const tab =
  <T extends string>(...names: T[]) =>
  (given: Given): { tab?: T | undefined } => ({ tab: oneOf(given.tab, ...names) });

export interface NewConnectionSearch {
  /** The segment to be pushed. */
  push?: string | undefined;
}
export const newConnection = (given: Given): NewConnectionSearch => ({ push: text(given.push) });

export interface SegmentSearch {
  tab?: 'rule' | 'members' | 'explain' | undefined;
  /** Whose membership is explained. */
  person?: string | undefined;
}
export const segment = (given: Given): SegmentSearch => ({
  tab: oneOf(given.tab, 'rule', 'members', 'explain'),
  person: text(given.person),
});

export interface CampaignSearch {
  tab?: 'report' | 'steps' | 'versions' | undefined;
  /** The step whose editor is open. */
  step?: string | undefined;
}
export const campaign = (given: Given): CampaignSearch => ({
  tab: oneOf(given.tab, 'report', 'steps', 'versions'),
  step: text(given.step),
});

/** What the server says when a one-time link did not work. */
export const signIn = (given: Given): { error?: string | undefined } => ({ error: text(given.error) });
