import fc from 'fast-check';
import Papa from 'papaparse';
import { describe, expect, it } from 'vitest';
import { runs } from '../../test/support/thorough.ts';
import { detectEncoding, toUtf8 } from './bytes.ts';
import { guessDelimiter } from './inspect.ts';
import { guessIdentity, guessMapping } from './mapping.ts';
import { MAX_ROW_BYTES, readRows, type SourceRow } from './rows.ts';

async function* inPieces(bytes: Buffer, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(
  text: string | Buffer,
  { delimiter = ',', columns = 3, size = 7 } = {},
): Promise<SourceRow[]> {
  const rows: SourceRow[] = [];
  for await (const batch of readRows(inPieces(Buffer.from(text as string), size), delimiter, columns))
    rows.push(...batch);
  return rows;
}

const short = (rows: SourceRow[]) =>
  rows.map((row) => [row.line, row.problem?.reason.slice(0, 14) ?? row.cells.join('|')]);

describe('rows', () => {
  it('reads quoting, empty lines and all three line ends, with the line each row starts at', async () => {
    const text = 'a,b,c\r\n\r\n"1\n2","x ""y""",3\n  \n4 , "5" ,6\r7,8,\n,,\n';
    for (const size of [1, 2, 3, 1000]) {
      expect(short(await read(text, { size }))).toEqual([
        [1, 'a|b|c'],
        [3, '1\n2|x "y"|3'],
        [6, '4|5|6'],
        [7, '7|8|'],
      ]);
    }
  });

  it('goes on with the line after a broken quote', async () => {
    const text =
      'a,b,c\n1,"x"y,2\n3,4,5\n6,"open,7\n8,9,10\n11,"fine, here",12\n13,mid"dle,14\n15,16,17\n18,"last,19\n20,21,22';
    for (const size of [1, 5, 1000]) {
      expect(short(await read(text, { size }))).toEqual([
        [1, 'a|b|c'],
        [2, 'broken quoting'],
        [3, '3|4|5'],
        [4, 'broken quoting'],
        [5, '8|9|10'],
        [6, '11|fine, here|12'],
        [7, 'broken quoting'],
        [8, '15|16|17'],
        [9, 'broken quoting'],
        [10, '20|21|22'],
      ]);
    }
  });

  it('takes a quote that closes rows later for broken when the columns do not add up', async () => {
    const rows = await read('1,"2,3\n4,5,6\n7,8,9"\n10,11,12\n', { columns: 3 });
    expect(short(rows).map(([line, text]) => [line, String(text)])).toEqual([
      [1, 'broken quoting'],
      [2, '4|5|6'],
      [3, 'broken quoting'],
      [4, '10|11|12'],
    ]);
  });

  it('reports a row too long and one that is not UTF-8, and goes on', async () => {
    const long = `1,${'x'.repeat(MAX_ROW_BYTES + 5)},2`;
    const text = Buffer.concat([
      Buffer.from(`a,b,c\n${long}\n3,4,5\n6,`),
      Buffer.from([0xff]),
      Buffer.from('ü,7\n8,\0,9\n10,11,12\n'),
    ]);
    for (const size of [1000, 300_000, 10_000_000]) {
      const rows = await read(text, { size });
      expect(short(rows)).toEqual([
        [1, 'a|b|c'],
        [2, 'the row is lon'],
        [3, '3|4|5'],
        [4, 'not valid UTF-'],
        [5, 'holds a NUL ch'],
        [6, '10|11|12'],
      ]);
      expect(rows[3]!.problem!.column).toBe(1);
    }
  });

  it('never throws, and does not depend on how the bytes are cut', async () => {
    const piece = fc.constantFrom('"', '""', ',', '\n', '\r\n', '\r', 'a', ' ', 'é', '\t', '\0', 'x,y');
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece, { maxLength: 60 }),
        fc.integer({ min: 1, max: 9 }),
        async (pieces, size) => {
          const text = pieces.join('');
          expect(await read(text, { size })).toEqual(await read(text, { size: 10_000 }));
        },
      ),
      { numRuns: 2000 },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 300 }),
        async (bytes) => void (await read(Buffer.from(bytes))),
      ),
      { numRuns: 500 },
    );
  });

  it('are the same by the short way as by the parser', async () => {
    const piece = fc.constantFrom(
      'a',
      '1',
      ' ',
      '"',
      '""',
      ',',
      ',',
      '\t',
      ';',
      '\n',
      '\n',
      '\r\n',
      '\r',
      'é',
      '😀',
      '\u00a0',
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece, { maxLength: 40 }),
        fc.constantFrom(',', ';', '\t'),
        async (pieces, delimiter) => {
          const text = pieces.join('');
          // A row over two lines leaves all that follows it in the block to the parser.
          const before = ['"x\ny"', 'b', 'c'].join(delimiter);
          const parsed = await read(`${before}\n${text}`, { delimiter, size: 10_000 });
          const short = await read(text, { delimiter, size: 10_000 });
          expect(parsed.slice(1).map((row) => ({ ...row, line: row.line - 2 }))).toEqual(short);
        },
      ),
      { numRuns: runs(3_000, 300_000) },
    );
  });

  it('are what another reader finds (Papa Parse)', async () => {
    const letter = fc.constantFrom(
      'a',
      'Z',
      '0',
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
    const cell = fc.array(letter, { maxLength: 8 }).map((letters) => letters.join('').trim());
    const table = fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(
        table,
        fc.constantFrom(',', ';', '\t', '|'),
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
        async (rows, delimiter, newline, quotes) => {
          const text = Papa.unparse(rows, { delimiter, newline, quotes });
          const theirs = Papa.parse<string[]>(text, { delimiter, newline }).data;
          const ours = await read(text, { delimiter });
          expect(ours.map(({ cells }) => cells)).toEqual(
            theirs.filter((cells) => cells.some((one) => one !== '')),
          );
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

describe('encodings', () => {
  const encodings = async (...bytes: number[]) => detectEncoding([Buffer.from(bytes)]);
  it('are told apart', async () => {
    expect(await encodings(0xff, 0xfe, 0x41, 0)).toBe('utf-16le');
    expect(await encodings(0xfe, 0xff, 0, 0x41)).toBe('utf-16be');
    expect(await detectEncoding([Buffer.from('name,email\nanna,a@b.de', 'utf16le')])).toBe('utf-16le');
    expect(await detectEncoding([Buffer.from('Zoë'), Buffer.from('é')])).toBe('utf-8');
    expect(await detectEncoding([Buffer.from('Zoë', 'latin1')])).toBe('windows-1252');
    expect(await detectEncoding([Buffer.concat([Buffer.from('Zoë é ü'), Buffer.from([0xe9])])])).toBe(
      'utf-8',
    );
    // A letter cut in two by the chunks is no error.
    const zoe = Buffer.from('Zoë€😀');
    for (let cut = 1; cut < zoe.length; cut++) {
      expect(await detectEncoding([zoe.subarray(0, cut), zoe.subarray(cut)])).toBe('utf-8');
    }
  });

  it.each([
    ['PK\x03\x04xl/workbook.xml', /Excel workbook/],
    ['PK\x03\x04a.csv', /zip archive/],
    ['\xd0\xcf\x11\xe0', /old Excel/],
    ['%PDF-1.7', /PDF/],
    ['a\0b\0\0\0', /binary/],
  ])('%j is refused', async (text, reason) => {
    await expect(detectEncoding([Buffer.from(text, 'latin1')])).rejects.toThrow(reason);
  });

  it('come out as UTF-8 without a mark', async () => {
    async function text(bytes: Buffer, encoding: Awaited<ReturnType<typeof detectEncoding>>) {
      const parts: Buffer[] = [];
      for await (const part of toUtf8(inPieces(bytes, 3), encoding)) parts.push(part);
      return Buffer.concat(parts).toString();
    }
    expect(await text(Buffer.from('\ufeffZoë😀', 'utf16le'), 'utf-16le')).toBe('Zoë😀');
    expect(await text(Buffer.from('\ufeffZoë'), 'utf-8')).toBe('Zoë');
    expect(await text(Buffer.from([0x80, 0xe9]), 'windows-1252')).toBe('€é');
  });
});

describe('guesses', () => {
  it('the delimiter', () => {
    expect(guessDelimiter(Buffer.from('a;b;c\n1,5;2;3\n"x;y";2,0;3'))).toBe(';');
    expect(guessDelimiter(Buffer.from('a\tb\n1,2\t3'))).toBe('\t');
    expect(guessDelimiter(Buffer.from('a|b|c\n1|2|3'))).toBe('|');
    expect(guessDelimiter(Buffer.from('email\na@b.de'))).toBe(',');
  });

  it('columns by name and by content', () => {
    const headers = [
      'ID',
      'Vorname',
      'Surname',
      'Contact',
      'Gross Spent',
      'Shop',
      'Last Purchase',
      'Zip',
      'VIP?',
      'Points',
      '',
      'Points',
    ];
    const cells = [
      '7',
      'Jörg',
      'Weiß',
      'j@w.de',
      '$5',
      'Berlin',
      '31/12/2020',
      '01234',
      'yes',
      '12',
      '',
      '3',
    ];
    const { columns } = guessMapping(
      headers,
      cells.map((cell) => [cell]),
    );
    expect(columns.map(({ attribute, kind }) => [attribute, kind])).toEqual([
      ['customer_id', 'string'],
      ['first_name', 'string'],
      ['last_name', 'string'],
      ['email', 'string'],
      ['lifetime_value', 'number'],
      ['store_location', 'string'],
      ['last_order_date', 'date'],
      ['zip', 'string'],
      ['vip', 'boolean'],
      ['points', 'number'],
      [null, 'string'],
      ['points_2', 'number'],
    ]);
    expect(columns[6]!.date_order).toBe('dmy');
    expect(guessIdentity(columns)).toBe('customer_id');
  });
});
