import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adhoc } from '../engine/index.ts';
import { freshWorkspace, type ImportsHouse, openImports } from './imports.testing.ts';
import type { Mapping, Preview } from './index.ts';

let house: ImportsHouse;
beforeAll(async () => {
  house = await openImports();
});
afterAll(() => house.close());

const events = adhoc(
  'test_events',
  `SELECT user_id, name, message_id, toString(time) AS time FROM events FINAL
   WHERE workspace = {workspace:UUID} ORDER BY message_id`,
);
const eventsOf = (workspace: string) =>
  house.engine.clickhouse.rows<{ user_id: string; name: string; message_id: string; time: string }>(events, {
    workspace,
  });
const jsonLines = (...lines: unknown[]) =>
  lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');
const preview = (
  text: string,
  mapping: Mapping | null = null,
  workspace = freshWorkspace(),
): Promise<Preview> =>
  house.imports.preview(workspace, { bytes: Buffer.from(text), gzip: false, whole: true }, mapping);
const errorsOf = async (workspace: string, id: string) =>
  (await house.imports.errors(workspace, id, 0, 100)).map(({ line, column, reason }) => [
    line,
    column,
    reason,
  ]);

describe('JSON Lines of messages', () => {
  it('go in as they are; what is none is reported by line and field', async () => {
    const workspace = freshWorkspace();
    const file = jsonLines(
      {
        type: 'track',
        userId: 'ann',
        event: 'Order Completed',
        messageId: 'm1',
        timestamp: '2026-01-02T03:04:05Z',
      },
      '',
      { type: 'identify', userId: 7, traits: { email: 'ann@example.com', note: 'a\u0000b' } },
      { type: 'track', userId: 'ann' },
      '{"type":"track"',
      '[1]',
      { type: 'track', event: 'X' },
      '{"type":"track","event":"X","userId":12345678901234567890}',
      { type: 'track', userId: 'ann', event: 'X', timestamp: 'yesterday' },
      { type: 'track', userId: 'ann', event: 'Big', properties: { text: 'x'.repeat(40_000) } },
    );
    const done = await house.take(Buffer.from(`\ufeff${file}`), workspace);
    expect(done).toMatchObject({ status: 'done', format: 'messages', mapping: null, rows: 9, rows_ok: 2 });
    expect(await eventsOf(workspace)).toEqual([
      { user_id: 'ann', name: 'Order Completed', message_id: 'm1', time: '2026-01-02 03:04:05.000' },
    ]);
    expect(await house.people(workspace)).toMatchObject({
      7: { email: 'ann@example.com', note: 'a\ufffdb' },
    });
    expect(await errorsOf(workspace, done.id)).toEqual([
      [4, 'event', 'is required for track and must be a non-empty string'],
      [5, '', 'not JSON'],
      [6, '', 'not a JSON object'],
      [7, 'userId', 'userId or anonymousId is required and must not be empty'],
      [8, 'userId', 'a number too large to be exact; write ids as text'],
      [9, 'timestamp', expect.stringContaining('ISO 8601')],
      [10, '', 'the line is larger than 32 KB'],
    ]);
    const again = await house.take(Buffer.from(`\ufeff${file}`), workspace);
    expect(again).toMatchObject({ status: 'done', duplicate_of: done.id });
    expect(await house.countMessages(workspace)).toBe(2);
  });

  it('may be damaged anywhere', async () => {
    const line = Buffer.from('{"type":"track","userId":"ann","event":"A"}\n');
    const huge = Buffer.concat([
      Buffer.from('{"type":"track","event":"'),
      Buffer.alloc(3_000_000, 97),
      Buffer.from('"}\n'),
    ]);
    const damaged = Buffer.from('{"type":"track","userId":"\xff","event":"B"}\n', 'latin1');
    const utf8 = Buffer.from('{"type":"track","userId":"ünñé","event":"A"}\n'.repeat(3));
    const workspace = freshWorkspace();
    const done = await house.take(
      Buffer.concat([line, huge, line, damaged, utf8, line.subarray(0, -1)]),
      workspace,
    );
    expect(done).toMatchObject({ status: 'done', rows: 8, rows_ok: 6, rows_bad: 2 });
    expect(await errorsOf(workspace, done.id)).toEqual([
      [2, '', 'the line is longer than 1 MB'],
      [4, '', 'not valid UTF-8'],
    ]);
  });
});

describe('JSON Lines of activity', () => {
  it('become events counted once by id, and attributes', async () => {
    const workspace = freshWorkspace();
    const done = await house.take(
      jsonLines(
        {
          id: 'e1',
          type: 'event',
          name: 'visit',
          user_id: '5',
          data: { page: '/' },
          timestamp: 1_767_323_045,
        },
        {
          id: 'e1',
          type: 'event',
          name: 'visit',
          user_id: '5',
          data: { page: '/' },
          timestamp: 1_767_323_045,
        },
        { id: 'e2', type: 'event', name: 'visit', user_id: '5', data: {}, timestamp: 1_767_323_046_500 },
        { id: 'a1', type: 'attributes', user_id: '5', data: { town: 'Rome' }, timestamp: 1_767_323_045 },
        { id: 'e3', type: 'event', name: 'visit', data: {}, timestamp: 1 },
        { id: 'e4', type: 'event', user_id: '5', data: {}, timestamp: 1 },
        { type: 'event', name: 'visit', user_id: '5', data: 'x', timestamp: 1 },
        { id: 'e5', type: 'event', name: 'visit', user_id: '5', data: 'x', timestamp: 1 },
        { id: 'e6', type: 'page', name: 'visit', user_id: '5', data: {}, timestamp: 1 },
      ),
      workspace,
    );
    expect(done).toMatchObject({ status: 'done', format: 'activity', rows: 9, rows_ok: 4, rows_bad: 5 });
    expect(await eventsOf(workspace)).toEqual([
      { user_id: '5', name: 'visit', message_id: 'e1', time: '2026-01-02 03:04:05.000' },
      { user_id: '5', name: 'visit', message_id: 'e2', time: '2026-01-02 03:04:06.500' },
    ]);
    expect(await house.people(workspace)).toEqual({ 5: { town: 'Rome' } });
    expect((await errorsOf(workspace, done.id)).map(([line, column]) => [line, column])).toEqual([
      [5, 'user_id'],
      [6, 'name'],
      [7, 'id'],
      [8, 'data'],
      [9, 'type'],
    ]);
  });

  it.each([
    ['[{"type":"track"}]', /JSON array.*one object a line/],
    ['{"email":"a@b.de"}\n{"email":"c@d.de"}', /neither messages nor activity/],
    ['{\n  "type": "track"\n}\n', /no line of it is an object/],
  ])('%s is refused with the reason', async (text, reason) => {
    expect((await house.take(text)).error).toMatch(reason);
  });

  it('are shown before they are taken', async () => {
    const line = { id: 'e1', type: 'event', name: 'visit', user_id: '5', data: {}, timestamp: 1_767_323_045 };
    expect(await preview(jsonLines(line, '{'))).toMatchObject({
      format: 'activity',
      delimiter: null,
      columns: [],
      rows_sampled: 2,
      rows_bad: 1,
      lines: [JSON.stringify(line), '{'],
    });
  });
});

describe('the mapping', () => {
  it('shows what can be read in two ways, and refuses rows until somebody says which', async () => {
    const file = 'email,born,spent\na@example.com,03/04/2021,1.234\nb@example.com,05/06/2021,7\n';
    const guessed = await preview(file);
    expect(guessed.columns).toMatchObject([
      { attribute: 'email', ambiguous: null },
      { attribute: 'born', kind: 'date', ambiguous: '03/04/2021' },
      { attribute: 'spent', kind: 'number', ambiguous: '1.234' },
    ]);
    expect(guessed).toMatchObject({ rows_bad: 2, problems: [{ line: 2, column: 'born' }, { line: 3 }] });
    const columns = guessed.columns.map(({ header, attribute, kind }) => ({ header, attribute, kind }));
    const said: Mapping = {
      identity: 'email',
      columns: [columns[0]!, { ...columns[1]!, date_order: 'dmy' }, { ...columns[2]!, decimal: 'comma' }],
    };
    expect(await preview(file, said)).toMatchObject({
      rows_bad: 0,
      columns: [{}, { ambiguous: null }, { ambiguous: null }],
    });
    const workspace = freshWorkspace();
    await house.take(file, workspace, { mapping: said });
    expect((await house.people(workspace))['a@example.com']).toMatchObject({
      born: '2021-04-03T00:00:00.000Z',
      spent: '1234',
    });
  });

  it('reads phone numbers as of the country of the workspace, unless another is named', async () => {
    const file = 'email,phone\na@example.com,030 123456\nb@example.com,+1 312 555 0101\nc@example.com,\n';
    const guessed = await preview(file);
    expect(guessed).toMatchObject({ country: 'DE', columns: [{}, { kind: 'phone' }], rows_bad: 0 });
    const workspace = freshWorkspace();
    await house.take(file, workspace);
    expect(await house.people(workspace)).toMatchObject({
      'a@example.com': { phone: '+4930123456' },
      'b@example.com': { phone: '+13125550101' },
    });
    const columns = guessed.columns.map(({ header, attribute, kind }) => ({ header, attribute, kind }));
    expect(await preview(file, { identity: 'email', columns, country: 'US' })).toMatchObject({
      rows_bad: 1,
      problems: [{ column: 'phone', value: '030 123456' }],
    });
    // Extensions inside a house are no phone numbers; then the column stays text.
    expect((await preview('email,phone\na@example.com,12\nb@example.com,13\n')).columns[1]).toMatchObject({
      kind: 'string',
    });
  });

  it('may know people by any column', async () => {
    const workspace = freshWorkspace();
    const file = 'card,name,mobile\n007,Ann,030 123456\n008,Bob,+49 30 123457\n';
    const columns = [
      { header: 'card', attribute: 'card', kind: 'string' as const },
      { header: 'name', attribute: 'name', kind: 'string' as const },
      { header: 'mobile', attribute: 'mobile', kind: 'phone' as const },
    ];
    await house.take(file, workspace, { mapping: { identity: 'card', columns } });
    await house.take(file, workspace, { mapping: { identity: 'mobile', columns, country: 'DE' } });
    expect(Object.keys(await house.people(workspace))).toEqual(['+4930123456', '+4930123457', '007', '008']);
  });

  it('is remembered for files with the same columns, of this workspace', async () => {
    const workspace = freshWorkspace();
    const columns = [
      { header: 'mail', attribute: 'email', kind: 'string' as const },
      { header: 'n', attribute: 'visits', kind: 'number' as const },
    ];
    expect(await preview('mail,n\na@example.com,1\n', null, workspace)).toMatchObject({ remembered: false });
    await house.take('mail,n\na@example.com,1\n', workspace, { mapping: { identity: 'email', columns } });
    house.clock.advance(1_000);
    const next = 'mail,n\nb@example.com,2\n';
    expect(await preview(next, null, workspace)).toMatchObject({
      remembered: true,
      columns: [{ attribute: 'email' }, { attribute: 'visits' }],
    });
    expect(await preview(next)).toMatchObject({ remembered: false });
    await house.take(next, workspace);
    expect((await house.people(workspace))['b@example.com']).toEqual({ email: 'b@example.com', visits: '2' });
  });
});

describe('too many bad rows', () => {
  const file = (good: number, bad: number, first: 'good' | 'bad' = 'bad') => {
    const goods = Array.from({ length: good }, (_, n) => `p${n}@example.com,${n}`);
    const bads = Array.from({ length: bad }, (_, n) => `nobody,${n}`);
    return `email,n\n${(first === 'bad' ? [...bads, ...goods] : [...goods, ...bads]).join('\n')}\n`;
  };

  it('stop an import before anything is taken in, and a person may go on', async () => {
    const workspace = freshWorkspace();
    const stopped = await house.take(file(1_500, 300), workspace);
    expect(stopped).toMatchObject({
      status: 'failed',
      can_continue: true,
      rows: 1_800,
      rows_ok: 0,
      rows_bad: 300,
      error:
        'Stopped: 300 of the first 1,800 rows cannot be taken (16.7 %), more than the 10 % allowed. Nothing was taken in.',
    });
    expect(await house.countMessages(workspace)).toBe(0);
    expect(await house.imports.errors(workspace, stopped.id, 0, 1_000)).toHaveLength(300);
    await house.imports.continue(workspace, stopped.id);
    expect(await house.imports.wait(workspace, stopped.id)).toMatchObject({
      status: 'done',
      can_continue: false,
      rows: 1_800,
      rows_ok: 1_500,
      rows_bad: 300,
    });
    expect(await house.countMessages(workspace)).toBe(1_500);
    await expect(house.imports.continue(workspace, stopped.id)).rejects.toMatchObject({ status: 409 });
  });

  it('stop one that is under way, at what was taken in until then', async () => {
    const workspace = freshWorkspace();
    const stopped = await house.take(file(20_000, 25_000, 'good'), workspace);
    expect(stopped).toMatchObject({ status: 'failed', can_continue: true, rows: 40_000, rows_ok: 20_000 });
    expect(stopped.error).toContain('20,000 rows before them were taken in.');
    expect(await house.countMessages(workspace)).toBe(20_000);
    await house.imports.continue(workspace, stopped.id);
    expect(await house.imports.wait(workspace, stopped.id)).toMatchObject({
      status: 'done',
      rows: 45_000,
      rows_ok: 20_000,
      rows_bad: 25_000,
    });
    expect(await house.countMessages(workspace)).toBe(20_000);
  });

  it.each([
    [file(5, 10), null, 'done'],
    [file(5, 11), null, 'failed'],
    [file(100, 1), 0, 'failed'],
    [file(100, 60), 0.5, 'done'],
    [file(1, 99), 1, 'done'],
  ] as const)('are judged by the share allowed', async (text, maxBadShare, status) => {
    expect(await house.take(text, freshWorkspace(), { maxBadShare })).toMatchObject({ status });
  });
});
