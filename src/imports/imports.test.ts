import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runs } from '../../test/support/thorough.ts';
import type { App } from '../engine/index.ts';
import { freshWorkspace, here, type ImportsHouse, openImports } from './imports.testing.ts';
import { createImports, type Imports, loyaltyCustomer, writeLoyaltyFiles } from './index.ts';

let house: ImportsHouse;
let imports: Imports;
let app: App;
let take: ImportsHouse['take'];
let people: ImportsHouse['people'];
let countMessages: ImportsHouse['countMessages'];
beforeAll(async () => {
  house = await openImports();
  ({ imports, app, take, people, countMessages } = house);
});
afterAll(() => house.close());

describe('a file', () => {
  it('becomes profiles; bad rows are listed', async () => {
    const workspace = freshWorkspace();
    const file =
      'First Name,Last Name,Email,LTV,Last Order Date,Zip\r\n' +
      'Anna,"Weiß, Dr.",Anna@Example.com,"$1,200.50",2021-03-04,01234\r\n' +
      'Bob,Brown,bob at example.com,1,2021-03-04,\r\n' +
      'Cleo,Čeněk,cleo@example.com,many,2021-03-04,\r\n' +
      'Dan,Diaz,dan@example.com,,,\r\n' +
      'Eve,"Ea"sy,eve@example.com,5,2021-03-04,1\r\n' +
      'Fay,Fox,fay@example.com,5,2021-02-30,1\r\n' +
      'Gus,Gray,gus@example.com\r\n' +
      'Hal,Hill,,5,,\r\n' +
      `=cmd|,Hill,+${'x'.repeat(200)},5,,\r\n`;
    const done = await take(file, workspace);
    expect(done).toMatchObject({
      status: 'done',
      rows: 9,
      rows_ok: 2,
      rows_bad: 7,
      bytes: Buffer.byteLength(file),
    });
    expect(done.bytes_read).toBe(done.bytes);
    expect(await people(workspace)).toEqual({
      'anna@example.com': {
        first_name: 'Anna',
        last_name: 'Weiß, Dr.',
        email: 'Anna@Example.com',
        lifetime_value: '1200.5',
        last_order_date: '2021-03-04T00:00:00.000Z',
        zip: '01234',
      },
      'dan@example.com': { first_name: 'Dan', last_name: 'Diaz', email: 'dan@example.com' },
    });
    const errors = await imports.errors(workspace, done.id, 0, 100);
    expect(errors.map(({ line, column, value }) => [line, column, value.slice(0, 20)])).toEqual([
      [3, 'Email', 'bob at example.com'],
      [4, 'LTV', 'many'],
      [6, 'Last Name', 'Eve,"Ea"sy,eve@examp'],
      [7, 'Last Order Date', '2021-02-30'],
      [8, '', 'Gus | Gray | gus@exa'],
      [9, 'Email', ''],
      [10, 'Email', '+xxxxxxxxxxxxxxxxxxx'],
    ]);
    expect(errors.at(-1)!.value).toHaveLength(100);
  });

  it.each([
    ['UTF-16 with tabs', Buffer.from('\ufeffname\temail\nZoë\tz@example.com\n', 'utf16le')],
    ['Windows-1252 with semicolons', Buffer.from('name;email\nZoë;z@example.com\n', 'latin1')],
    ['a byte order mark', Buffer.from('\ufeffname,email\nZoë,z@example.com')],
    ['sep= of Excel', Buffer.from('sep=|\r\nname|email\r\nZoë|z@example.com\r\n')],
    ['gzip', gzipSync('name,email\rZoë,z@example.com\r')],
  ])('in %s is read', async (_, bytes) => {
    const workspace = freshWorkspace();
    expect(await take(bytes, workspace)).toMatchObject({ status: 'done', rows: 1, rows_ok: 1 });
    expect(await people(workspace)).toEqual({ 'z@example.com': { name: 'Zoë', email: 'z@example.com' } });
  });

  it.each([
    ['', /empty/],
    ['\n \n', /empty/],
    ['a,email\n', /no rows/],
    ['name,town\nAnna,Bonn\n', /^no identity column: there is neither an e-mail column nor a customer id/],
    ['anna@example.com,Anna\nbob@example.com,Bob\n', /not a header/],
    ['PK\x03\x04 xl/', /Excel workbook.*save the sheet as CSV/],
    ['a\0b\0c,email\0', /binary/],
    [gzipSync('email\n'.repeat(5000)).subarray(0, 40), /gzip file is damaged/],
  ])('like %j fails with a reason', async (bytes, reason) => {
    const failed = await take(bytes);
    expect(failed.status).toBe('failed');
    expect(failed.error).toMatch(reason);
  });

  it('with more than 1,000 columns fails with a reason', async () => {
    const header = Array.from({ length: 1001 }, (_, i) => `c${i}`).join(',');
    expect((await take(`${header}\n1\n`)).error).toMatch(/1001 columns/);
  });

  it('the same again changes nothing and says so; with another mapping it is taken', async () => {
    const workspace = freshWorkspace();
    const file = 'id,email,x\n7,anna@example.com,1\n7,anna@example.com,2\n8,nobody,\n';
    const first = await take(file, workspace);
    expect(first).toMatchObject({ status: 'done', duplicate_of: null, rows_ok: 2, rows_bad: 1 });
    house.clock.advance(60_000);
    const again = await take(file, workspace);
    expect(again).toMatchObject({ status: 'done', duplicate_of: first.id, rows: 3, rows_bad: 1 });
    expect(await imports.errors(workspace, again.id, 0, 10)).toHaveLength(1);
    expect(await countMessages(workspace)).toBe(2);
    expect((await people(workspace))['7']).toMatchObject({ x: '2' }); // the later row wins
    const mapping = {
      identity: 'email' as const,
      columns: [{ header: 'email', attribute: 'email', kind: 'string' as const }],
    };
    expect(await take(file, workspace, { mapping })).toMatchObject({
      duplicate_of: null,
      rows_ok: 2,
      mapping: { identity: 'email' },
    });
    expect((await people(workspace))['anna@example.com']).toEqual({ email: 'anna@example.com' });
  });

  it('goes on after its checkpoint, and a cancelled one stops', async () => {
    const workspace = freshWorkspace();
    const file = `email,n\n${Array.from({ length: 100 }, (_, i) => (i % 10 === 3 ? 'bad,0' : `p${i}@example.com,${i}`)).join('\n')}\n`;
    const pool = house.engine.postgres.pool;
    // As it lies after a kill: rows up to 40 are in the log, 4 of them were bad.
    await imports.stop?.();
    const other = createImports(house.engine, house.below);
    const { id } = await other.importFile(workspace, { stream: Readable.from([file]), fileName: 'x.csv' });
    await pool.query(
      `UPDATE imports SET status = 'running', rows = 40, rows_ok = 36, rows_bad = 4 WHERE id = $1`,
      [id],
    );
    const cancelled = await other.importFile(workspace, { stream: Readable.from([file]), fileName: 'y.csv' });
    expect(await other.cancel(workspace, cancelled.id)).toMatchObject({ status: 'cancelled' });
    await expect(other.cancel(workspace, cancelled.id)).rejects.toMatchObject({ status: 409 });
    await other.start?.();
    expect(await other.wait(workspace, id)).toMatchObject({
      status: 'done',
      rows: 100,
      rows_ok: 90,
      rows_bad: 10,
    });
    expect(await countMessages(workspace)).toBe(54);
    imports = other;
    house.takeBy(other);
  });

  it('of random cells comes out as it went in', async () => {
    const alphabet = fc.constantFrom(
      'a',
      'Z',
      '7',
      ' ',
      '"',
      ',',
      ';',
      '\t',
      '|',
      '\n',
      '\r\n',
      'é',
      '😀',
      "'",
      '\\',
      '=',
    );
    const cell = fc.array(alphabet, { maxLength: 8 }).map((letters) => letters.join('').trim());
    const table = fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 12 });
    const style = fc.record({
      delimiter: fc.constantFrom(',', ';', '\t', '|'),
      end: fc.constantFrom('\n', '\r\n', '\r'),
      quoteAll: fc.boolean(),
      mark: fc.constantFrom('', '\ufeff'),
    });
    await fc.assert(
      fc.asyncProperty(table, style, async (rows, { delimiter, end, quoteAll, mark }) => {
        const write = (text: string) =>
          quoteAll || /["\r\n,;\t|]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
        const lines = rows.map((cells, i) => [`id${i}`, ...cells].map(write).join(delimiter));
        const header = ['customer_id', 'alpha', 'beta', 'gamma'].join(delimiter);
        const workspace = freshWorkspace();
        const mapping = {
          identity: 'customer_id' as const,
          columns: ['customer_id', 'alpha', 'beta', 'gamma'].map((name) => ({
            header: name,
            attribute: name,
            kind: 'string' as const,
          })),
        };
        const done = await take(mark + [header, ...lines].join(end), workspace, { mapping });
        expect(done).toMatchObject({ status: 'done', rows: rows.length, rows_bad: 0 });
        const names = ['alpha', 'beta', 'gamma'];
        const expected = rows.map((cells, i) => [
          `id${i}`,
          Object.fromEntries([
            ['customer_id', `id${i}`],
            ...names.map((n, c) => [n, cells[c]]).filter(([, v]) => v),
          ]),
        ]);
        expect(await people(workspace)).toEqual(Object.fromEntries(expected));
      }),
      { numRuns: runs(12, 200) },
    );
  });

  it('of any bytes ends with a report', async () => {
    const some = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      fc
        .array(fc.constantFrom('email', '"', ',', '\n', 'a@b.de', 'é', '\0', '\ufeff', 'sep=;'), {
          maxLength: 30,
        })
        .map((parts) => Buffer.from(parts.join(''))),
    );
    await fc.assert(
      fc.asyncProperty(some, async (bytes) => {
        const { status, error, rows, rows_ok, rows_bad } = await take(bytes);
        expect(['done', 'failed']).toContain(status);
        expect(status === 'failed').toBe(error !== null);
        expect(rows).toBe(rows_ok + rows_bad);
      }),
      { numRuns: runs(30, 500) },
    );
  });
});

describe('over HTTP', () => {
  const form = (parts: [name: string, value: string | Buffer, file?: string][]) => {
    const boundary = 'x-boundary-x';
    const body = Buffer.concat([
      ...parts.flatMap(([name, value, file]) => [
        Buffer.from(
          `--${boundary}\r\ncontent-disposition: form-data; name="${name}"${file ? `; filename="${file}"\r\ncontent-type: text/csv` : ''}\r\n\r\n`,
        ),
        Buffer.from(value as string),
        Buffer.from('\r\n'),
      ]),
      Buffer.from(`--${boundary}--\r\n`),
    ]);
    return { payload: body, headers: { 'content-type': `multipart/form-data; boundary=${boundary}` } };
  };
  const csv =
    'name,email,LTV\nAnna,anna@example.com,5\n=1+1,"=cmd|"" /C calc""!A0",5\nBob,bob@example.com,x\n';

  it('previews, takes, lists, and hands out the errors', async () => {
    const preview = await app.inject({
      method: 'POST',
      url: '/api/imports/preview',
      ...form([['file', csv, 'a.csv']]),
    });
    expect(preview.json()).toMatchObject({
      delimiter: ',',
      encoding: 'utf-8',
      identity: 'email',
      rows_sampled: 3,
      columns: [
        { header: 'name', attribute: 'name', kind: 'string', sample: ['Anna', '=1+1', 'Bob'] },
        { header: 'email', attribute: 'email' },
        { header: 'LTV', attribute: 'lifetime_value', kind: 'number' },
      ],
      problems: [{ line: 3 }, { line: 4, column: 'LTV', value: 'x' }],
    });
    const zipped = await app.inject({
      method: 'POST',
      url: '/api/imports/preview',
      ...form([['file', gzipSync(csv), 'a.csv.gz']]),
    });
    expect(zipped.json()).toMatchObject({ compression: 'gzip', rows_sampled: 3 });
    const sample = await app.inject({
      method: 'POST',
      url: '/api/imports/preview',
      payload: { sample: csv },
    });
    expect(sample.json()).toMatchObject({ rows_sampled: 3 });

    const { columns, identity } = preview.json();
    const posted = await app.inject({
      method: 'POST',
      url: '/api/imports',
      ...form([
        ['mapping', JSON.stringify({ columns, identity })],
        ['file', csv, 'a b.csv'],
      ]),
    });
    expect(posted.statusCode).toBe(201);
    const { id } = posted.json();
    await imports.wait(here.id, id);
    const got = (await app.inject(`/api/imports/${id}`)).json();
    expect(got).toMatchObject({ status: 'done', file_name: 'a b.csv', rows_ok: 1, rows_bad: 2 });
    expect((await app.inject('/api/imports')).json().items[0].id).toBe(id);
    expect((await app.inject(`/api/imports/${id}/errors?limit=1`)).json()).toMatchObject({
      total: 2,
      items: [{ line: 3 }],
    });
    const download = await app.inject(`/api/imports/${id}/errors.csv`);
    expect(download.headers['content-disposition']).toBe('attachment; filename="a_b.csv-errors.csv"');
    expect(download.body).toBe(
      `\ufeffline,column,value,reason\r\n3,email,"'=cmd|"" /C calc""!A0",not an e-mail address\r\n4,LTV,x,not a number\r\n`,
    );
    const late = await app.inject({ method: 'POST', url: `/api/imports/${id}/cancel` });
    expect(late.statusCode).toBe(409);
  });

  it('refuses what it cannot use', async () => {
    const bad = (parts: Parameters<typeof form>[0]) =>
      app.inject({ method: 'POST', url: '/api/imports', ...form(parts) });
    expect((await bad([['mapping', '{']])).json().error.code).toBe('bad_mapping');
    expect(
      (
        await bad([
          ['mapping', '{"columns":[]}'],
          ['file', csv, 'a.csv'],
        ])
      ).json().error.field,
    ).toBe('mapping.identity');
    expect((await bad([])).json().error.code).toBe('no_file');
    expect((await app.inject({ method: 'POST', url: '/api/imports', payload: {} })).statusCode).toBe(415);
    expect((await app.inject(`/api/imports/${crypto.randomUUID()}`)).statusCode).toBe(404);
    const excel = await app.inject({
      method: 'POST',
      url: '/api/imports/preview',
      ...form([['file', 'PK\x03\x04xl/', 'a.xlsx']]),
    });
    expect(excel.json().error.message).toMatch(/Excel/);
  });

  it('answers a refused upload, and the next one on the same connection', { timeout: 20_000 }, async () => {
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    const rows = new Blob([`email\n${'a@example.com\n'.repeat(200_000)}`]);
    const send = async (mapping: string) => {
      const body = new FormData();
      body.append('mapping', mapping);
      body.append('file', rows, 'a.csv');
      return (await fetch(`${url}/api/imports`, { method: 'POST', body })).status;
    };
    const answers = [await send('{'), await send(''), await send('{'), await send('')];
    expect(answers).toEqual([400, 201, 400, 201]);
  });

  it('previews the beginning of a file, cut anywhere', async () => {
    const rows = Array.from({ length: 60_000 }, (_, i) => `Zoë ${i},zoe${i}@example.com,${i}`).join('\n');
    const file = Buffer.from(`name,email,points\n${rows}\n`);
    const zipped = gzipSync(file);
    for (const part of [file, file.subarray(0, 1024 * 1024), zipped, zipped.subarray(0, 100_000)]) {
      const { payload, headers } = form([['file', part, 'a.csv']]);
      const response = await app.inject({ method: 'POST', url: '/api/imports/preview', payload, headers });
      expect(response.statusCode).toBe(200);
      expect(response.json()).toMatchObject({ encoding: 'utf-8', rows_sampled: 1000, problems: [] });
    }
  });

  it('refuses a file over the limit and keeps nothing of it', async () => {
    const small = createImports(house.engine, house.below, { maxBytes: 1000 });
    const stream = Readable.from([Buffer.alloc(2000, 97)]);
    await expect(small.importFile(here.id, { stream, fileName: 'big.csv' })).rejects.toMatchObject({
      status: 413,
    });
  });
});

describe('loyalty files', () => {
  it('come in as customers plus bad rows, all of them', async () => {
    const out = join(house.dataDir, 'loyalty');
    const { files, customers } = await writeLoyaltyFiles({
      out,
      locations: 4,
      customersPerLocation: 300,
      seed: 7,
      badRows: 8,
    });
    const workspace = freshWorkspace();
    for (const { path, rows, bad } of files) {
      const { id } = await imports.importFile(workspace, { path, fileName: path });
      expect(await imports.wait(workspace, id)).toMatchObject({
        status: 'done',
        rows,
        rows_bad: bad,
        rows_ok: rows - bad,
      });
    }
    const found = await people(workspace);
    expect(Object.keys(found)).toHaveLength(customers);
    const { lifetime_value, last_order_date, phone, ...texts } = loyaltyCustomer(7, 2, 299);
    expect(found[texts.email]).toEqual({
      ...texts,
      ...(phone ? { phone: phone.replaceAll(' ', '') } : {}),
      lifetime_value: String(lifetime_value),
      last_order_date: `${last_order_date}T00:00:00.000Z`,
    });
  });

  it('are the same for the same seed', async () => {
    const options = { locations: 1, customersPerLocation: 50, badRows: 2 };
    const text = async (out: string, seed: number) => {
      const { files } = await writeLoyaltyFiles({ ...options, out: join(house.dataDir, out), seed });
      return readFileSync(files[0]!.path, 'utf8');
    };
    expect(await text('a', 1)).toBe(await text('b', 1));
    expect(await text('a', 1)).not.toBe(await text('c', 2));
  });
});
