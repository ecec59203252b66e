import fc from 'fast-check';
import { parsePhoneNumberFromString } from 'libphonenumber-js';
import { describe, expect, it } from 'vitest';
import { countryOfZone, phoneNumber } from './phone.ts';
import {
  dateOrder,
  decimalOf,
  eitherDate,
  eitherNumber,
  isEmail,
  isNothing,
  parseDate,
  parseNumber,
  toJson,
  whyNot,
} from './values.ts';

describe('numbers', () => {
  it.each([
    ['12', 12],
    ['-3.50', -3.5],
    ['$1,234.50', 1234.5],
    ['€ 12', 12],
    ['USD 7.25', 7.25],
    ['12.50 EUR', 12.5],
    ['-$5.00', -5],
    ['(12.00)', -12],
    ['1.234,50 €', 1234.5],
    ['1.234.567', 1234567],
    ['1 234,5', 1234.5],
    ["1'234.5", 1234.5],
    ['1,234', 1234],
    ['12,5', 12.5],
    ['1.2E+03', 1200],
    ['007', 7],
    ['£1,234', 1234],
    ['R$ 1.234,56', 1234.56],
    ['1 234,50 zł', 1234.5],
    ["CHF 12'000.50", 12000.5],
    ['12EUR', 12],
    ['1,23,456.50', 123456.5],
  ])('reads %s', (text, value) => expect(parseNumber(text)).toBe(value));

  it.each(['', 'abc', '1.2.3', '12 apples', '12 ABC', '--5', '1e999', 'Infinity', '0x10', '1,2,3'])(
    'refuses %j',
    (text) => expect(parseNumber(text)).toBeUndefined(),
  );

  it('are read with the mark their column shows, and refused where they contradict it', () => {
    expect(decimalOf(['1.234', '12,50 €'])).toBe('comma');
    expect(decimalOf(['1,234', '$12.50'])).toBe('point');
    expect(decimalOf(['1.234', '7'])).toBeUndefined();
    expect(decimalOf(['1,5', '1.5'])).toBeUndefined();
    expect(parseNumber('1.234', 'comma')).toBe(1234);
    expect(parseNumber('1.234', 'point')).toBe(1.234);
    expect(parseNumber('12.50', 'comma')).toBeUndefined();
    expect(whyNot({ kind: 'number', decimal: 'comma' }, '12.50')).toMatch(/decimal comma/);
    expect(['1.234', '1,234', '12.5', '7'].map(eitherNumber)).toEqual([true, true, false, false]);
  });
});

describe('phone numbers', () => {
  it.each([
    ['+1 312 555 0101', undefined, '+13125550101'],
    ['(312) 555-0101', 'US', '+13125550101'],
    ['1-312-555-0101', 'CA', '+13125550101'],
    ['030 1234567', 'DE', '+49301234567'],
    ['0049 30 1234567', 'DE', '+49301234567'],
    ['+44 (0)20 7946 0018', 'DE', '+442079460018'],
  ] as const)('%s in %s is %s', (text, country, e164) => expect(phoneNumber(text, country)).toBe(e164));

  it.each(['abc', '12', '1-800-FLOWERS', 'call 030 1234567', '030 1234567 ext. 5'])('refuses %j', (text) =>
    expect(phoneNumber(text, 'DE')).toBeUndefined(),
  );
  it('refuses a number without the code of its country where none is known', () =>
    expect(phoneNumber('030 1234567')).toBeUndefined());

  it('has a short way for North America that agrees with the library', () => {
    const digits = fc.array(fc.constantFrom(...'0123456789'), { minLength: 9, maxLength: 12 });
    const written = fc.tuple(
      fc.constantFrom('', '+1', '1', '+', '+1 '),
      digits,
      fc.constantFrom('', ' ', '-', '.'),
    );
    fc.assert(
      fc.property(
        written,
        fc.constantFrom(undefined, 'US', 'CA', 'DE'),
        ([before, figures, between], country) => {
          const text = `${before}${figures.slice(0, 3).join('')}${between}${figures.slice(3, 6).join('')}${between}${figures.slice(6).join('')}`;
          const read = parsePhoneNumberFromString(text, {
            ...(country && { defaultCountry: country as 'US' }),
            extract: false,
          });
          expect(phoneNumber(text, country as 'US')).toBe(read?.isPossible() ? read.number : undefined);
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it('knows the country of a time zone', () => {
    expect(countryOfZone('Europe/Berlin')).toBe('DE');
    expect(countryOfZone('America/Chicago')).toBe('US');
    expect(countryOfZone('UTC')).toBeUndefined();
  });
});

describe('dates', () => {
  it.each([
    ['2021-03-04', '2021-03-04T00:00:00.000Z'],
    ['2021-03-04T05:06:07Z', '2021-03-04T05:06:07.000Z'],
    ['2021-03-04 05:06', '2021-03-04T05:06:00.000Z'],
    ['2021-03-04T05:06:07.25+02:00', '2021-03-04T03:06:07.250Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
    ['2021/3/4', '2021-03-04T00:00:00.000Z'],
    ['31/12/2020', '2020-12-31T00:00:00.000Z'],
    ['12/31/2020 11:30 PM', '2020-12-31T23:30:00.000Z'],
    ['04.03.2021', '2021-03-04T00:00:00.000Z'],
    ['5/5/2021', '2021-05-05T00:00:00.000Z'],
    ['Mar 4, 2021', '2021-03-04T00:00:00.000Z'],
    ['4 March 2021', '2021-03-04T00:00:00.000Z'],
    ['4-Sep-2021', '2021-09-04T00:00:00.000Z'],
  ])('reads %s', (text, iso) => expect(parseDate(text)).toBe(iso));

  it.each([
    '2023-02-30',
    '2021-13-01',
    '03/04/2021',
    '1/2/21',
    'yesterday',
    '44197',
    '0001-01-01',
    'Foo 3, 2021',
  ])('refuses %s', (text) => expect(parseDate(text)).toBeUndefined());

  it('takes the order the column shows, and says when it is open', () => {
    expect(dateOrder(['03/04/2021', '13/04/2021'])).toBe('dmy');
    expect(dateOrder(['03/04/2021', '03/14/2021'])).toBe('mdy');
    expect(dateOrder(['03/14/2021', '14/03/2021'])).toBeUndefined();
    expect(parseDate('03/04/2021', 'mdy')).toBe('2021-03-04T00:00:00.000Z');
    expect(parseDate('14/03/2021', 'mdy')).toBeUndefined();
    expect(whyNot({ kind: 'date', order: 'mdy' }, '14/03/2021')).toMatch(/month first/);
    expect(['03/04/2021', '13/04/2021', '04.03.2021', '5/5/2021', 'x'].map(eitherDate)).toEqual([
      true,
      false,
      false,
      false,
      false,
    ]);
    expect(whyNot({ kind: 'date' }, '03/04/2021')).toMatch(/day\/month or month\/day/);
  });
});

describe('e-mail addresses', () => {
  it.each(['a@b.co', "o'brien+x@mail.example.com", 'jürgen@müller.de', 'a_b.c-d@x-y.example'])(
    'takes %s',
    (text) => expect(isEmail(text)).toBe(true),
  );
  it.each([
    '',
    'a',
    'a@b',
    '@b.co',
    'a b@c.de',
    'a@b..de',
    'a.@b.de',
    'Ann <a@b.de>',
    'a@b.de,c@d.de',
    `${'x'.repeat(65)}@b.de`,
  ])('refuses %s', (text) => expect(isEmail(text)).toBe(false));
});

it('writes JSON and knows what exports mean by nothing', () => {
  expect(toJson({ kind: 'string' }, 'a "b"')).toBe('"a \\"b\\""');
  expect(toJson({ kind: 'number' }, '1,5')).toBe('1.5');
  expect(toJson({ kind: 'boolean' }, 'Yes')).toBe('true');
  expect(toJson({ kind: 'boolean' }, 'maybe')).toBeUndefined();
  expect(isNothing('number', 'N/A')).toBe(true);
  expect(isNothing('string', 'N/A')).toBe(false);
});
