import { readdirSync, readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { errorsCsv } from './errors.ts';
import { freshWorkspace, type ImportsHouse, openImports } from './imports.testing.ts';

const corpus = new URL('../../test/corpus/imports/', import.meta.url);
let house: ImportsHouse;
beforeAll(async () => {
  house = await openImports();
});
afterAll(() => house.close());

interface Outcome {
  /** Why the file as a whole is refused. */
  error?: RegExp;
  /** First names (or what the file has instead) by who they are of. */
  people?: Record<string, Record<string, string>>;
  /** Line and reason of each bad row. */
  errors?: [line: number, reason: RegExp][];
}

const ann = { email: 'a@example.com', first_name: 'Ann' };
const outcomes: Record<string, Outcome> = {
  'ragged.csv': {
    people: {
      'a@example.com': { ...ann, town: 'Rome' },
      'd@example.com': { email: 'd@example.com', first_name: 'Dan', town: 'Oslo' },
      'e@example.com': { email: 'e@example.com', first_name: 'Eve', town: 'Bonn' },
    },
    errors: [
      [3, /^2 columns where the header has 3/],
      [4, /^4 columns where the header has 3/],
    ],
  },
  'quotes-inside.csv': {
    people: {
      'a@example.com': { ...ann, note: 'said "hi", twice' },
      'd@example.com': { email: 'd@example.com', first_name: 'Dan', note: 'fine' },
      'f@example.com': { email: 'f@example.com', first_name: 'Fay', note: 'two\nlines' },
      'g@example.com': { email: 'g@example.com', first_name: 'Gus', note: 'ok' },
    },
    errors: [
      [3, /quote in the middle/],
      [4, /broken quoting/],
      [6, /broken quoting/],
    ],
  },
  'nul.csv': {
    people: {
      'a@example.com': ann,
      'c@example.com': { email: 'c@example.com', first_name: 'Cleo' },
      'd@example.com': { email: 'd@example.com', first_name: 'Dan' },
    },
    errors: [[3, /NUL/]],
  },
  'mixed-encodings.csv': {
    people: {
      'a@example.com': { email: 'a@example.com', first_name: 'Zoë' },
      'b@example.com': { email: 'b@example.com', first_name: 'Jürgen' },
      'c@example.com': { email: 'c@example.com', first_name: 'Łukasz' },
      'e@example.com': { email: 'e@example.com', first_name: 'Éva' },
    },
    errors: [[5, /not valid UTF-8/]],
  },
  'header-only.csv': { error: /header and no rows/ },
  'duplicate-headers.csv': {
    people: {
      'a@example.com': { email: 'a@example.com', name: 'Ann', name_2: 'Smith', email_2: 'b@example.com' },
    },
  },
  'excel-sep.csv': {
    people: {
      'a@example.com': { email: 'a@example.com', first_name: 'Zoë', lifetime_value: '1234.5' },
      'b@example.com': { email: 'b@example.com', first_name: 'Bob', lifetime_value: '12' },
    },
  },
  'formulas.csv': {
    people: {
      'a@example.com': { email: 'a@example.com', first_name: '=HYPERLINK("http://example.com","x")' },
    },
    errors: [2, 3, 4, 5].map((line) => [line, /not an e-mail address/]),
  },
  'zipped.csv': { error: /zip archive/ },
  'utf-16.csv': { people: { 'a@example.com': { email: 'a@example.com', first_name: 'Zoë' } } },
  'old-mac.csv': {
    people: { 'a@example.com': ann, 'b@example.com': { email: 'b@example.com', first_name: 'Bob' } },
  },
  'windows-1252.csv': {
    people: { 'a@example.com': { email: 'a@example.com', first_name: 'Zoë', note: '10' } },
  },
  'no-header.csv': { error: /not a header/ },
  'trailing-delimiters.csv': {
    people: { 'a@example.com': ann, 'b@example.com': { email: 'b@example.com', first_name: 'Bob' } },
  },
};

it('has an outcome for every file', () => {
  expect(
    readdirSync(corpus)
      .filter((name) => name !== 'README.md')
      .sort(),
  ).toEqual(Object.keys(outcomes).sort());
});

it.each(Object.entries(outcomes))('%s', async (name, { error, people = {}, errors = [] }) => {
  const workspace = freshWorkspace();
  const done = await house.take(readFileSync(new URL(name, corpus)), workspace, { fileName: name });
  expect(await house.people(workspace)).toEqual(people);
  if (error) return expect(done).toMatchObject({ status: 'failed', error: expect.stringMatching(error) });
  expect(done).toMatchObject({ status: 'done', error: null, rows_bad: errors.length });
  const found = await house.imports.errors(workspace, done.id, 0, 100);
  expect(found.map(({ line, reason }) => [line, reason])).toEqual(
    errors.map(([line, reason]) => [line, expect.stringMatching(reason)]),
  );
  // The list of errors does nothing in a spreadsheet.
  const parts: string[] = [];
  for await (const part of errorsCsv((after, limit) =>
    house.imports.errors(workspace, done.id, after, limit),
  ))
    parts.push(part);
  expect(parts.join('')).not.toMatch(/(^|,|")[=+@-]/m);
});

/** A file of pieces, never whole in memory. */
async function takePieces(pieces: () => Generator<string>) {
  const workspace = freshWorkspace();
  const stream = Readable.from(pieces());
  const { id } = await house.imports.importFile(workspace, { stream, fileName: 'large.csv' });
  return { workspace, done: await house.imports.wait(workspace, id) };
}

it('a line of 100 MB costs itself', { timeout: 60_000 }, async () => {
  const { workspace, done } = await takePieces(function* () {
    yield 'email,note\na@example.com,x\n';
    yield 'b@example.com,';
    for (let megabyte = 0; megabyte < 100; megabyte++) yield 'x'.repeat(1024 * 1024);
    yield '\nc@example.com,y\n';
  });
  expect(done).toMatchObject({ status: 'done', rows: 3, rows_ok: 2, rows_bad: 1 });
  const [error] = await house.imports.errors(workspace, done.id, 0, 10);
  expect(error).toMatchObject({ line: 3, reason: 'the row is longer than 1 MB' });
  expect(Object.keys(await house.people(workspace))).toEqual(['a@example.com', 'c@example.com']);
});

it('10,000 columns are refused', async () => {
  const { done } = await takePieces(function* () {
    yield Array.from({ length: 10_000 }, (_, n) => `c${n}`).join(',');
    yield `\n${'1,'.repeat(9_999)}1\n`;
  });
  expect(done).toMatchObject({ status: 'failed', error: expect.stringMatching(/10000 columns/) });
});
