/** Why an address is never written to. */
const reasons: Record<string, string> = {
  manual: 'added by hand',
  unsubscribe: 'unsubscribed',
  bounce: 'bounced',
  complaint: 'complained',
  erased: 'was erased',
};

export const suppressionText = (reason: string): string => reasons[reason] ?? reason;

const statuses: Record<string, string> = {
  subscribed: 'subscribed',
  unsubscribed: 'unsubscribed',
  pending: 'waits for confirmation',
};

/** What an address said of a program's emails. */
export const consentText = (status: string, confirmed: boolean): string =>
  status === 'subscribed' && confirmed ? 'subscribed and confirmed' : (statuses[status] ?? status);
