import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The body of a call of messages/send-raw. */
interface SendRaw {
  key: string;
  raw_message: string;
  to: string[];
  async: boolean;
}

/**
 * A stand-in for Mailchimp Transactional: `messages/send-raw` for one recipient, after Mailchimp's API reference. It knows
 * one key and the subaccounts given, rejects whom it is told to, and answers errors with 500 and their name. It sends
 * nothing, and has no other call, no templates and no quota of its own; what its webhooks would post, `webhook` makes.
 */
export async function startMandrill({ key = 'md-test', subaccounts = ['shop'] } = {}) {
  const taken: SendRaw[] = [];
  const rejects = new Map<string, string>();
  let failure: { status: number; body: unknown; headers?: Record<string, string> } | undefined;

  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const answer = (status: number, body: unknown, headers = {}) => {
      response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    };
    const error = (code: number, name: string, message: string) =>
      answer(500, { status: 'error', code, name, message });
    if (failure) return answer(failure.status, failure.body, failure.headers);
    if (request.url !== '/api/1.0/messages/send-raw') return error(-1, 'Invalid_Method', 'No such method');
    const asked = JSON.parse(Buffer.concat(chunks).toString()) as SendRaw;
    if (asked.key !== key) return error(-1, 'Invalid_Key', 'Invalid API key');
    if (!asked.raw_message) {
      return error(-2, 'ValidationError', 'You must specify a raw_message value');
    }
    const subaccount = /^X-MC-Subaccount: (.*)\r$/im.exec(asked.raw_message)?.[1];
    if (subaccount && !subaccounts.includes(subaccount)) {
      return error(12, 'Unknown_Subaccount', `No subaccount exists with the id '${subaccount}'`);
    }
    const email = asked.to[0]!;
    const _id = `${taken.length}`.padStart(32, 'f');
    const reason = rejects.get(email);
    if (reason === 'not an address') return answer(200, [{ email, status: 'invalid', _id }]);
    if (reason) return answer(200, [{ email, status: 'rejected', reject_reason: reason, _id }]);
    taken.push(asked);
    answer(200, [{ email, status: 'sent', reject_reason: null, queued_reason: null, _id }]);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/1.0`,
    key,
    taken,
    /** Reasons by address; `not an address` for one that is none. */
    rejects,
    /** Answers everything so until told otherwise. */
    fail(how?: typeof failure) {
      failure = how;
    },
    async close() {
      server.closeAllConnections();
      await new Promise<void>((closed) => server.close(() => closed()));
    },
  };
}

/** What a webhook posts: up to a thousand events in a form, signed with the webhook's key. */
export function webhook(key: string, url: string, events: unknown) {
  const mandrill_events = typeof events === 'string' ? events : JSON.stringify(events);
  const signature = createHmac('sha1', key)
    .update(`${url}mandrill_events${mandrill_events}`)
    .digest('base64');
  return {
    method: 'POST' as const,
    url: new URL(url).pathname,
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-mandrill-signature': signature },
    payload: new URLSearchParams({ mandrill_events }).toString(),
  };
}
