import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runs } from '../../test/support/thorough.ts';
import { type ClickHouse, openScratchClickHouse } from '../engine/index.ts';
import { compareSummaries, type SummarizeOptions, summarize, writeActivity } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'rapport-summary-'));
const at = (name: string) => join(folder, name);
const log = pino({ level: 'silent' });

// An engine opens once in a process; its table is made anew for each file.
let store: ClickHouse;
const openStore: typeof openScratchClickHouse = async () =>
  new Proxy(store, {
    get: (target, name) => {
      if (name === 'close') return async () => {};
      const value = Reflect.get(target, name) as unknown;
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
beforeAll(async () => {
  store = await openScratchClickHouse({ path: at('store'), memory: 600_000_000, log });
});
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const read = (path: string) => {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
};

/** What a solution makes of a file: the summary, the rejected lines and the counts. */
async function outcome(options: Partial<SummarizeOptions>, input: string) {
  const out = at(options.simple ? 'simple.txt' : 'default.txt');
  const report = await summarize({ input, out, log, fresh: true, ...options }, openStore);
  const { lines, users, events, attributes, nobody, rejected } = report;
  return {
    text: read(out)?.toString('latin1'),
    rejectedLines: read(`${out}.rejected`)?.toString(),
    counts: { lines, users, events, attributes, nobody, rejected },
  };
}

const text = fc.oneof(
  fc.constantFrom(
    '',
    'a',
    'b',
    'a-b',
    'user_id',
    'id',
    'name',
    'type',
    'data',
    '7',
    '1.0',
    'null',
    '{"x":1}',
    '[1]',
  ),
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.string({ unit: 'grapheme', maxLength: 6 }),
  fc.constantFrom('\u0000', 'a\u0000', '\ud800', '\u2028', 'é,=\n', '\\', '"', '/', '\uffff', '😀', '\tx'),
);
const number = fc.oneof(
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.constantFrom(
    '0',
    '-0',
    '1.0',
    '1.50',
    '1e2',
    '1E+2',
    '-0.0',
    '12345678901234567890',
    '123456789012345678901234567890',
    '1e400',
    '0.1e-7',
  ),
);
/** Escaped more than needed, as some writers do. */
const quoted = fc
  .tuple(text, fc.constantFrom('plain', 'plain', 'plain', 'ascii', 'slashes'))
  .map(([value, how]) => {
    const json = JSON.stringify(value);
    if (how === 'ascii')
      return json.replaceAll(/[^\x20-\x7e]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
    return how === 'slashes' ? json.replaceAll('/', '\\/') : json;
  });
const id = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom('"1"', '"2"', '"10"', '"é"', '1', '2', '1.0', '"customer-000001"'),
  },
  { weight: 1, arbitrary: fc.oneof(quoted, number, fc.constantFrom('null', 'true', '[1]', '{}', '""')) },
);
const name = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('"page"', '"cart"', '"page-x"') },
  { weight: 1, arbitrary: fc.oneof(quoted, number) },
);
const nested = fc.constantFrom(
  '{}',
  '[]',
  '{"b":1.50,"2":{"name":"x"},"1":[ 1, 2.0 ]}',
  '[ "a" , {"user_id":"2"} ]',
  '{"timestamp":1,"k":{"k":2.10}}',
);
const value = fc.oneof(quoted, quoted, number, number, fc.constantFrom('true', 'false', 'null'), nested);
const key = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('"a"', '"a-b"', '"name"', '"type"', '"k"', '"id"', '"timestamp"') },
  { weight: 1, arbitrary: quoted },
);
const time = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.constantFrom(
      '1',
      '2',
      '1500000000',
      '1500000000000',
      '"2017-07-14T02:40:00Z"',
      '"2017-07-14T02:40:00.001Z"',
    ),
  },
  {
    weight: 1,
    arbitrary: fc.oneof(
      number,
      quoted,
      fc
        .date({ noInvalidDate: true, min: new Date(0), max: new Date('2260-01-01') })
        .map((date) => JSON.stringify(date)),
      fc.constantFrom(
        'null',
        'true',
        '"2017-02-30T00:00:00Z"',
        '"2017-07-14T24:00:00Z"',
        '"2017-07-14 02:40:00"',
        '"2017-07-14"',
        '"2017-07-14T04:40:00+02:00"',
        '"2017-07-14T02:40:00.123456789Z"',
        '"2017-07-14T02:40:60Z"',
        '1.5',
        '1e9',
        '"1500000000"',
        '"1812-07-14T02:40:00Z"',
        '"9999-12-31T23:59:59Z"',
        '999999999999999999',
      ),
    ),
  },
);
const space = fc.constantFrom('', '', '', ' ', '\t');
const object = (fields: fc.Arbitrary<[string, string][]>) =>
  fc
    .tuple(fields, space)
    .map(([pairs, s]) => `{${pairs.map(([k, v]) => `${s}${k}${s}:${s}${v}`).join(`${s},`)}${s}}`);
const data = object(fc.array(fc.tuple(key, value), { maxLength: 4 }));
const maybe = (arbitrary: fc.Arbitrary<[string, string]>, weight = 12) =>
  fc.oneof(
    { weight, arbitrary: arbitrary.map((pair) => [pair]) },
    { weight: 1, arbitrary: fc.constant([] as [string, string][]) },
  );
const fieldOf = (field: string, arbitrary: fc.Arbitrary<string>): fc.Arbitrary<[string, string]> =>
  arbitrary.map((v): [string, string] => [`"${field}"`, v]);

const fields = fc
  .tuple(
    maybe(fieldOf('id', id)),
    fc
      .constantFrom('"event"', '"attributes"', '"event"', '"attributes"', '"other"')
      .map((type): [string, string][] => [['"type"', type]]),
    maybe(fieldOf('name', name), 3),
    maybe(fieldOf('user_id', id)),
    maybe(fieldOf('data', fc.oneof({ weight: 9, arbitrary: data }, { weight: 1, arbitrary: value }))),
    maybe(fieldOf('timestamp', time)),
    fc.oneof(
      { weight: 5, arbitrary: fc.constant([] as [string, string][]) },
      {
        weight: 1,
        arbitrary: fc
          .tuple(fc.oneof(key, fc.constantFrom('"user_id"', '"us\\u0065r_id"', '"data"')), value)
          .map((pair) => [pair]),
      },
    ),
  )
  .chain((parts) => {
    const all = parts.flat();
    return fc.oneof(
      { weight: 2, arbitrary: fc.constant(all) },
      { weight: 1, arbitrary: fc.shuffledSubarray(all, { minLength: all.length }) },
    );
  });
const line = fc.oneof(
  { weight: 12, arbitrary: object(fields).map((json) => Buffer.from(json)) },
  {
    weight: 1,
    arbitrary: fc.oneof(
      fc
        .constantFrom(
          '',
          ' ',
          '{',
          '[1]',
          '1',
          'null',
          '{"type":"event","id":"1","name":"a",}',
          '{"a":1}{"b":2}',
          '\ufeff{"type":"event","id":"1","name":"a","user_id":"1"}',
          '{"a":01}',
          "{'a':1}",
        )
        .map((t) => Buffer.from(t)),
      fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes.filter((byte) => byte !== 10))),
      fc
        .integer({ min: 100, max: 3_000 })
        .map((n) =>
          Buffer.from(
            `{"id":"long","type":"event","name":"page","user_id":"1","data":{"x":"${'y'.repeat(n)}"}}`,
          ),
        ),
    ),
  },
);
const file = fc
  .tuple(
    fc.array(line, { maxLength: 30 }),
    fc.constantFrom('\n', '\n', '\r\n'),
    fc.boolean(),
    fc.boolean(),
    fc.boolean(),
  )
  .map(([lines, end, ended, marked, again]) => {
    // Some lines once more, later: the same ids in other chunks.
    const all = again ? [...lines, ...lines.slice(0, 5)] : lines;
    const pieces = all.flatMap((bytes, n) => (n > 0 ? [Buffer.from(end), bytes] : [bytes]));
    return Buffer.concat([
      ...(marked ? [Buffer.from('\ufeff')] : []),
      ...pieces,
      ...(ended ? [Buffer.from(end)] : []),
    ]);
  });

test('both solutions say the same of random files', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      file,
      fc.integer({ min: 1_000, max: 8_000 }),
      fc.boolean(),
      async (bytes, chunkBytes, gzip) => {
        const input = at(gzip ? 'random.jsonl.gz' : 'random.jsonl');
        writeFileSync(input, gzip ? gzipSync(bytes) : bytes);
        expect(await outcome({ chunkBytes }, input)).toEqual(await outcome({ simple: true }, input));
      },
    ),
    { numRuns: runs(80, 200) },
  );
});

test('sizes 1 and 2 are what the generator expects, by both solutions', { timeout: 120_000 }, async () => {
  for (const size of [
    { seed: 1560981440, count: 20, attrs: 5, events: 500, maxevents: 5, dupes: 20, anon: 500 },
    { seed: 1560980000, count: 10_000, attrs: 20, events: 300_000, maxevents: 500, dupes: 10, anon: 500 },
  ]) {
    writeActivity({ ...size, out: at('activity.jsonl'), verify: at('expected.txt') });
    for (const simple of [true, false]) {
      const { counts } = await outcome({ simple, chunkBytes: 20_000_000 }, at('activity.jsonl'));
      expect(counts).toMatchObject({ users: size.count, rejected: 0 });
      const found = await compareSummaries(at('expected.txt'), at(simple ? 'simple.txt' : 'default.txt'));
      expect(found).toEqual({ lines: size.count, differences: [], total: 0 });
    }
  }
});
