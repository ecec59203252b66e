/**
 * A stand-in for the Mailchimp Marketing API 3.0: a real HTTP server with a list that can be changed and faults that
 * can be laid out, in a test's own process or in another one (`node test/support/mailchimp/server.ts --port 4300`,
 * steered by `/control`, see control.ts).
 *
 * FOLLOWED, from the reference (mailchimp.com/developer/marketing/api) and its guides:
 * - GET /ping, /lists, /lists/{id}, /lists/{id}/members, /lists/{id}/merge-fields below /3.0; HTTP Basic with any
 *   user name and the API key, or Bearer; the data centre of the key's suffix (here the first part of the path);
 *   405 with `Allow` for other methods.
 * - Members: contact_id, id (MD5 of the lower-cased address), all documented properties, every merge field of the
 *   list (empty ones as ""), at most 50 tags; times in whole seconds with +00:00.
 * - `count` (10; at most 1,000), `offset` into the list as it is at that moment, `fields` and `exclude_fields` with
 *   dots, `status`, `since_last_changed`, `before_last_changed`, `sort_field`, `sort_dir`; `total_items` counts what
 *   the query means, whatever the page. gzip where it is accepted.
 * - Writing: POST /lists/{id} (500 members at most; update_existing, sync_tags; new_members, updated_members and errors with
 *   ERROR_CONTACT_EXISTS or ERROR_GENERIC, beside each other), DELETE and GET of one member, POST of its tags; tags are static
 *   segments: GET /tag-search, POST /segments and /segments/{id} (members_to_add, members_to_remove, 500 at most), GET
 *   /segments/{id}/members, the subscribed alone unless include_unsubscribed and the like say otherwise. Tags in a batch are
 *   added to those a known member has (release note of 24 January 2022). Who was deleted for good cannot be put back by it.
 * - Errors as application/problem+json with the titles and statuses of the error glossary; 10 simultaneous calls of a
 *   key, then 429 without `Retry-After` (Mailchimp documents none; the fault can give one).
 * - An archived member keeps its contact_id, and has a later last_changed, and comes back by being added again. A
 *   changed address is another id and the same contact_id. Permanent deletion leaves nothing in any listing.
 *
 * NOT IN THE REFERENCE, taken from what others measured at the real API (estuary/connectors, source-mailchimp-native,
 * 2026-06-30): a listing without `status` leaves archived members out, and `status=archived` gives them;
 * `since_last_changed` excludes its own second, `before_last_changed` includes it; `count` above 1,000 is no error;
 * a malformed time is a 400. Reports of 2019 tell of archived members in listings without a status, so both can be
 * had (`archivedListed`).
 *
 * ASSUMED: after permanent deletion the same address is a new contact_id; no order is promised within one second
 * (`shuffledTies` makes it another one with every call); tags move last_changed (`changedAt` can leave it alone).
 *
 * ASSUMED of writing: a batch member without a status keeps the one it has (the reference does not require a status; an empty one
 * is refused), and is an error where the address is new or archived; who is archived comes back by being added, with the
 * tags of before; a batch that says nothing new of a member leaves last_changed alone; an archived member cannot be archived
 * again: 405.
 *
 * LEFT OUT: everything else that writes (the list is changed through the program or /control), OAuth, batches of operations,
 * webhooks, other segments, interests, notes, activity, SMS and the other parameters of members (email_type, vip_only, unique_email_id,
 * interest…, since_timestamp_opt…); several users of one account, whose connections are counted apart; connections
 * that go on counting after the client gave up; replicas that disagree.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { deliver, Faults, isWireFault, seeded, type WireFault } from '../faults.ts';
import { Account, type AccountOptions } from './account.ts';
import {
  type Habits,
  listAnswer,
  listsAnswer,
  membersAnswer,
  mergeFieldsAnswer,
  oneMemberAnswer,
} from './answers.ts';
import { control } from './control.ts';
import type { MailchimpList } from './list.ts';
import {
  bodyNotJson,
  failed,
  forbidden,
  keyInvalid,
  keyMissing,
  methodNotAllowed,
  notFound,
  Refusal,
  tooManyRequests,
  userDisabled,
  wrongDatacenter,
} from './problems.ts';
import { type CallKind, keyOf, routed } from './requests.ts';
import { archive, batchAnswer, changeTag, newTag, taggedOf, tagMember, tagSearchAnswer } from './writes.ts';

export type MailchimpFault =
  | WireFault
  /** `retryAfter` is the header as it is: seconds or a date. */
  | { kind: 'too_many_requests'; retryAfter?: string }
  | { kind: 'fails'; status: 500 | 502 | 503 | 504; retryAfter?: string }
  /** The wall before Mailchimp, for who asks too much: 403 and HTML, no problem document. */
  | { kind: 'blocked' }
  | { kind: 'key_revoked' }
  | { kind: 'forbidden' }
  | { kind: 'list_gone' }
  /** 200, complete, well-formed, and nobody on the list. */
  | { kind: 'empty' };

export interface MailchimpCall {
  /** From 1 since the last reset. */
  n: number;
  method: string;
  kind: CallKind;
  list: string | undefined;
  /** The member or segment that is named below the list. */
  below: string | undefined;
  url: URL;
  /** What was sent, as it was. */
  body: string;
  key: string | undefined;
}

export interface Calls {
  total: number;
  /** Of bodies as they were sent, compressed or not. */
  bytes: number;
  byKind: Partial<Record<CallKind, { calls: number; bytes: number }>>;
  byStatus: Record<number, number>;
  /** The most that were under way at once for one key. */
  atOnce: number;
}

export interface MailchimpOptions extends AccountOptions {
  port?: number;
  /** Milliseconds; the real time. */
  now?: () => number;
  archivedListed?: boolean;
  shuffledTies?: boolean;
  seed?: number;
  gzip?: boolean;
  /** Takes orders at /control. */
  control?: boolean;
}

export interface Mailchimp {
  /** `http://127.0.0.1:1234/{dc}`, for RAPPORT_MAILCHIMP_URL. */
  url: string;
  /** The first account; more by `addAccount`. */
  account: Account;
  accounts: Account[];
  addAccount(options?: AccountOptions): Account;
  faults: Faults<MailchimpFault, MailchimpCall>;
  calls: Calls;
  resetCalls(): void;
  /** Before a call is looked at: what it does to the list, the answer holds. */
  onRequest?: ((call: MailchimpCall) => void | Promise<void>) | undefined;
  /** After the answer was made and before it is sent and dated. */
  onAnswer?: ((call: MailchimpCall) => void | Promise<void>) | undefined;
  close(): Promise<void>;
}

const atOnceMost = 10;
const noCalls = (): Calls => ({ total: 0, bytes: 0, byKind: {}, byStatus: {}, atOnce: 0 });

export async function startMailchimp(options: MailchimpOptions = {}): Promise<Mailchimp> {
  const {
    port = 0,
    now = Date.now,
    archivedListed = false,
    shuffledTies = false,
    seed = 1,
    gzip = true,
  } = options;
  const habits: Habits = { archivedListed, shuffledTies, chance: seeded(seed) };
  const open = new Map<string, number>();
  const server = createServer((request, response) => {
    void answer(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  server.keepAliveTimeout = 60_000;

  const it: Mailchimp = {
    url: '',
    account: new Account({ ...options, now }),
    accounts: [],
    addAccount(more = {}) {
      const account = new Account({ ...more, serial: it.accounts.length + 1, now });
      it.accounts.push(account);
      return account;
    },
    faults: new Faults(),
    calls: noCalls(),
    resetCalls: () => {
      it.calls = noCalls();
    },
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
  it.accounts.push(it.account);

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://mailchimp');
    if (options.control && url.pathname === '/control') return control(it, request, response);
    const { dc, kind, list, below } = routed(url.pathname);
    const key = keyOf(request.headers.authorization);
    const { method = 'GET' } = request;
    const body = method === 'GET' ? '' : await text(request);
    const call: MailchimpCall = { n: ++it.calls.total, method, kind, list, below, url, key, body };
    const underWay = (open.get(key ?? '') ?? 0) + 1;
    open.set(key ?? '', underWay);
    it.calls.atOnce = Math.max(it.calls.atOnce, underWay);
    response.once('close', () => open.set(key ?? '', (open.get(key ?? '') ?? 1) - 1));
    await it.onRequest?.(call);
    const fault = it.faults.take(call);
    const made = respond(() => {
      if (underWay > atOnceMost) throw tooManyRequests();
      const account = permitted(key, dc);
      if (fault) refuse(fault);
      const allowed = methods[kind] ?? 'GET';
      if (kind === 'other') throw notFound();
      if (!allowed.split(', ').includes(method)) throw methodNotAllowed(allowed);
      return content(call, account, fault);
    }, fault);
    await it.onAnswer?.(call);
    if (fault?.kind === 'slow') await pause(fault.ms);
    if (gzip && made.body.length > 500 && /\bgzip\b/.test(request.headers['accept-encoding'] ?? '')) {
      made.body = gzipSync(made.body, { level: 1 });
      made.headers['content-encoding'] = 'gzip';
    }
    made.headers.date = new Date(now()).toUTCString();
    const wire = fault && isWireFault(fault) && fault.kind !== 'broken_json' ? fault : undefined;
    count(kind, made.status, await deliver(response, made, wire));
  }

  function permitted(key: string | undefined, dc: string | undefined): Account {
    if (!key) throw keyMissing();
    const account = it.accounts.find((one) => one.key === key);
    if (!account || account.revoked) throw keyInvalid();
    if (dc !== undefined && dc !== account.dc) throw wrongDatacenter();
    if (account.disabled) throw userDisabled();
    return account;
  }

  function content(call: MailchimpCall, account: Account, fault?: MailchimpFault): unknown {
    const { kind, list: id, url } = call;
    if (kind === 'ping') return { health_status: "Everything's Chimpy!" };
    if (kind === 'lists') return listsAnswer(account.lists(), url.searchParams);
    const list: MailchimpList | undefined = kind === 'other' ? undefined : account.list(id ?? '');
    if (!list) throw notFound();
    if (call.method !== 'GET') return written(list, call);
    if (kind === 'tag-search') return tagSearchAnswer(list, url.searchParams);
    if (kind === 'member') {
      const member = list.member(call.below ?? '');
      if (!member) throw notFound();
      return oneMemberAnswer(list, member, url.searchParams);
    }
    if (kind === 'segment-members') {
      const tagged = taggedOf(list, call.below ?? '', url.searchParams);
      return membersAnswer(list, url.searchParams, habits, tagged);
    }
    if (kind === 'list') return listAnswer(list, url.searchParams);
    if (kind === 'merge-fields') return mergeFieldsAnswer(list, url.searchParams);
    if (fault?.kind === 'empty') return { members: [], list_id: list.id, total_items: 0 };
    return membersAnswer(list, url.searchParams, habits);
  }

  function count(kind: CallKind, status: number, bytes: number): void {
    it.calls.bytes += bytes;
    it.calls.byStatus[status] = (it.calls.byStatus[status] ?? 0) + 1;
    const of = it.calls.byKind[kind] ?? { calls: 0, bytes: 0 };
    it.calls.byKind[kind] = { calls: of.calls + 1, bytes: of.bytes + bytes };
  }

  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  it.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/{dc}`;
  return it;
}

/** What may be called, where that is not GET alone. */
const methods: Partial<Record<CallKind, string>> = {
  list: 'GET, POST',
  member: 'GET, DELETE',
  'member-tags': 'POST',
  segments: 'POST',
  segment: 'POST',
};

/** Undefined: 204. */
function written(list: MailchimpList, { method, kind, below = '', body }: MailchimpCall): unknown {
  if (method === 'DELETE') return archive(list, below);
  let sent: unknown;
  try {
    sent = JSON.parse(body);
  } catch {
    throw bodyNotJson();
  }
  if (kind === 'list') return batchAnswer(list, sent);
  if (kind === 'segments') return newTag(list, sent);
  if (kind === 'segment') return changeTag(list, below, sent);
  return tagMember(list, below, sent);
}

function refuse(fault: MailchimpFault): void {
  if (fault.kind === 'too_many_requests') throw tooManyRequests(fault.retryAfter);
  if (fault.kind === 'fails') throw failed(fault.status, fault.retryAfter);
  if (fault.kind === 'key_revoked') throw keyInvalid();
  if (fault.kind === 'forbidden') throw forbidden();
  if (fault.kind === 'list_gone') throw notFound();
}

function respond(content: () => unknown, fault?: MailchimpFault) {
  const made = (status: number, type: string, text: string, headers: Record<string, string> = {}) => ({
    status,
    headers: { 'content-type': type, ...headers } as Record<string, string>,
    body: Buffer.from(text),
  });
  if (fault?.kind === 'blocked') return made(403, 'text/html', '<html><h1>Access Denied</h1></html>');
  try {
    const answered = content();
    if (answered === undefined) return made(204, 'application/json; charset=utf-8', '');
    const text = JSON.stringify(answered);
    // Cut before it is compressed: the transfer is complete, the JSON is not.
    const sent =
      fault?.kind === 'broken_json' ? text.slice(0, Math.floor(text.length * (fault.share ?? 0.5))) : text;
    return made(200, 'application/json; charset=utf-8', sent);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    // A gateway knows nothing of problem documents.
    if (error.status === 502 || error.status === 504) {
      return made(error.status, 'text/html', `<html><h1>${error.status}</h1></html>`, error.headers);
    }
    const type = 'application/problem+json; charset=utf-8';
    return made(error.status, type, JSON.stringify(error.body), error.headers);
  }
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '0' },
      key: { type: 'string' },
      list: { type: 'string', default: 'main' },
      lists: { type: 'string', default: '1' },
      members: { type: 'string', default: '0' },
    },
  });
  const mailchimp = await startMailchimp({
    port: Number(values.port),
    control: true,
    ...(values.key ? { key: values.key } : {}),
  });
  for (let i = 1; i <= Number(values.lists); i++) {
    const list = mailchimp.account.addList({ id: i === 1 ? values.list : `${values.list}${i}` });
    list.addMany(
      Number(values.members),
      (n) => ({ email: `person${n}@example.com`, merge: { FNAME: `First ${n}`, LNAME: `Last ${n}` } }),
      Date.now() - 30 * 86_400_000,
      Date.now() - 86_400_000,
    );
  }
  console.log(`RAPPORT_MAILCHIMP_URL=${mailchimp.url} key=${mailchimp.account.key} list=${values.list}`);
}
