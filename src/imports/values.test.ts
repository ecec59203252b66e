import { describe, expect, it } from 'vitest';
import { dateOrder, isEmail, isNothing, parseDate, parseNumber, toJson, whyNot } from './values.ts';

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
  ])('reads %s', (text, value) => expect(parseNumber(text)).toBe(value));

  it.each(['', 'abc', '1.2.3', '1,23,456', '12 apples', '--5', '1e999', 'Infinity', '0x10', '1,2,3'])(
    'refuses %j',
    (text) => expect(parseNumber(text)).toBeUndefined(),
  );
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
    expect(whyNot('date', '03/04/2021')).toMatch(/day\/month or month\/day/);
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
  expect(toJson('string', 'a "b"')).toBe('"a \\"b\\""');
  expect(toJson('number', '1,5')).toBe('1.5');
  expect(toJson('boolean', 'Yes')).toBe('true');
  expect(toJson('boolean', 'maybe')).toBeUndefined();
  expect(isNothing('number', 'N/A')).toBe(true);
  expect(isNothing('string', 'N/A')).toBe(false);
});
