import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Mailchimp, MailchimpFault } from './server.ts';

/** Orders for the stand-in in another process, as JSON by POST /control. GET gives calls and lists. */
type Order =
  /** A method of the list: add, edit, changeAddress, archive, deletePermanently … */
  | { list: string; do: string; with: unknown[] }
  /** So many members of the list get another first name. */
  | { list: string; touch: number }
  | { fault: MailchimpFault; times?: number }
  | { key: 'revoke' | 'restore' }
  | { clear: 'faults' | 'calls' };

export async function control(
  mailchimp: Mailchimp,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const reply = (status: number, value: unknown) =>
    void response
      .writeHead(status, { 'content-type': 'application/json' })
      .end(JSON.stringify(value ?? null));
  const { account, calls } = mailchimp;
  const sent = await text(request);
  if (request.method === 'GET') {
    const lists = account.lists().map((list) => ({ id: list.id, count: list.count() }));
    return reply(200, { key: account.key, calls, lists });
  }
  try {
    return reply(200, obey(mailchimp, JSON.parse(sent) as Order));
  } catch (error) {
    return reply(400, { error: String(error) });
  }
}

function obey(mailchimp: Mailchimp, order: Order): unknown {
  const { account, faults } = mailchimp;
  if ('fault' in order) return faults.next(order.fault, order.times);
  if ('key' in order) return account[order.key]();
  if ('clear' in order) return order.clear === 'faults' ? faults.clear() : mailchimp.resetCalls();
  const list = account.list(order.list);
  if (!list) throw new Error(`no list ${order.list}`);
  if ('touch' in order) {
    for (const { contact_id } of list.members().slice(0, order.touch)) {
      list.edit(contact_id, { merge: { FNAME: `Touched ${Date.now()}` } });
    }
    return undefined;
  }
  const method = (list as unknown as Record<string, unknown>)[order.do];
  if (typeof method !== 'function') throw new Error(`a list has no ${order.do}`);
  return method.apply(list, order.with);
}
