import { expect } from 'vitest';
import { adhoc } from '../../src/engine/index.ts';
import { readable } from '../../src/log/readable.ts';
import type { TestRapport } from './running.ts';

/** The body with one field replaced, as JSON text: a raw text may say what JavaScript's values cannot. */
export function withField(body: object, path: string, raw: string): string {
  const [name = '', ...more] = path.split('.');
  const rest = Object.entries(body).filter(([key]) => key !== name);
  const own = (body as Record<string, unknown>)[name];
  const inner = more.length > 0 ? withField((own ?? {}) as object, more.join('.'), raw) : raw;
  const parts = rest.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
  return `{${[...parts, `${JSON.stringify(name)}:${inner}`].join(',')}}`;
}

export const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
export const quoted = (text: string) => JSON.stringify(text);

/** What has broken programs before. */
export const nasty: string[] = [
  'null',
  'true',
  '0',
  '-0',
  '-1',
  '1e400',
  '-1e400',
  '1.7976931348623157e308',
  '12345678901234567890',
  '[]',
  '{}',
  '[[]]',
  '[null]',
  '""',
  '" "',
  '"0"',
  '"NaN"',
  '"inf"',
  '"-Infinity"',
  '"\\u0000"',
  '"a\\u0000b"',
  '"\\ud800"',
  '"\\udc00\\ud800"',
  '"\\ud83d\\ude00"',
  '"\\u202e\\ufeff\\u2028"',
  '"\\t\\n\\r\\\\N\\\\\\\\\\u0008"',
  quoted('x'.repeat(10_000)),
  quoted('é'.repeat(16_000)),
  quoted("'; DROP TABLE messages; --"),
  quoted('" OR 1=1 {workspace:UUID} ${1} %s \\'),
  quoted('<script>alert(1)</script>'),
  quoted('=cmd|calc!A1'),
  quoted('../../../../etc/passwd'),
  quoted('http://[::1'),
  quoted('https://user:pw@example.com:99999/%%%?utm_source=%E0%A4%A&utm_source=b#\\'),
  ...[
    '0000-01-01T00:00:00Z',
    '0001-01-01',
    '1969-12-31T23:59:59Z',
    '1970-01-01T00:00:00Z',
    '1970-01-01T00:00:00+14:00',
    '2099-12-31T23:59:59.999Z',
    '2106-02-07T06:28:16Z',
    '9999-12-31T23:59:59Z',
    '+275760-09-13T00:00:00Z',
    '2026-02-30T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:00:60Z',
    '2026-01-01T00:00:00+99:99',
    '1767225600',
    'now()',
  ].map(quoted),
  '1767225600',
  nested(99),
  nested(1_000),
  `${'{"a":'.repeat(1_000)}1${'}'.repeat(1_000)}`,
  '{"__proto__":{"admin":true}}',
  '{"constructor":{"prototype":{"admin":true}}}',
  '{"toString":1,"valueOf":null,"hasOwnProperty":"x","length":-1,"then":{}}',
  '{"toJSON":"x"}',
  '{"":""}',
  '{"a":1,"a":2}',
  '{"\\ud800":1,"\\u0000":2}',
  `{${Array.from({ length: 2_000 }, (_, n) => `"k${n}":${n}`)}}`,
];

/** Sends a text; never 5xx, and a refusal says why. */
export async function sendAnything(
  t: TestRapport,
  path: string,
  body: string | Uint8Array,
  headers: Record<string, string> = {},
) {
  const answer = await t.send(path, body, headers);
  if (answer.status >= 500 || (answer.status !== 200 && !answer.body.error?.message)) {
    throw new Error(
      `${path} ${String(body).slice(0, 300)} → ${answer.status} ${JSON.stringify(answer.body)}`,
    );
  }
  return answer;
}

/** Fifty requests at a time, as many senders make them: an acknowledgement waits for the disk. */
export async function atOnce<T>(tries: T[], run: (one: T) => Promise<void>): Promise<void> {
  for (let n = 0; n < tries.length; n += 50) await Promise.all(tries.slice(n, n + 50).map(run));
}

const storedIds = adhoc(
  'test_stored_ids',
  `SELECT (SELECT groupArray(JSONExtractString(${readable}, 'messageId')) FROM messages WHERE workspace = {workspace:UUID}) AS log,
          (SELECT groupArray(message_id) FROM events FINAL WHERE workspace = {workspace:UUID}) AS events`,
);

/** Ids of the messages in the log of a workspace, and of those that are events. */
export async function stored(t: TestRapport, workspace: string) {
  await t.rooms.log.processed();
  const { log, events } = await t.engine.clickhouse.row<{ log: string[]; events: string[] }>(storedIds, {
    workspace,
  });
  return { log: new Set(log), events: new Set(events) };
}

export interface Neighbour {
  workspace: string;
  key: string;
}

/** Another workspace with one message of its own. */
export async function neighbour(t: TestRapport): Promise<Neighbour> {
  const { id } = await t.rooms.access.workspaces.create('Other', 'UTC');
  const { key } = await t.rooms.access.keys.create(id, 'write', 'other', 'editor');
  await t.send(
    '/v1/track',
    { event: 'Theirs', userId: 'theirs' },
    { authorization: `Basic ${btoa(`${key}:`)}` },
  );
  return { workspace: id, key };
}

/** What was acknowledged is in the log and, of events, in the views; nothing reached the neighbour, and the server is well. */
export async function expectKept(
  t: TestRapport,
  other: Neighbour,
  taken: { id: string; type: string }[],
): Promise<void> {
  const { log, events } = await stored(t, t.workspace);
  expect(taken.filter(({ id }) => !log.has(id))).toEqual([]);
  const isEvent = ({ type }: { type: string }) => ['track', 'page', 'screen'].includes(type);
  expect(taken.filter((one) => isEvent(one) && !events.has(one.id))).toEqual([]);
  const theirs = await stored(t, other.workspace);
  expect(theirs.log.size).toBe(1);
  expect(theirs.events.size).toBe(1);
  expect((await fetch(`${t.url}/ready`)).status).toBe(200);
}
