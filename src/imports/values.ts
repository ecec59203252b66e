import { type PhoneCountry, phoneNumber } from './phone.ts';

/** What a column holds. */
export type Kind = 'string' | 'number' | 'date' | 'boolean' | 'phone';
/** Which comes first in a date like 03/04/2021, where a column as a whole has shown it, or a person has said it. */
export type DateOrder = 'dmy' | 'mdy';
/** Which mark begins the fraction of a number, likewise: 1.234 is either a little over one or over a thousand. */
export type Decimal = 'point' | 'comma';

/** How the cells of one column are read. */
export interface Reading {
  kind: Kind;
  order?: DateOrder | undefined;
  decimal?: Decimal | undefined;
  country?: PhoneCountry | undefined;
}

const plainNumber = /^-?(0|[1-9]\d{0,14})(\.\d{1,10})?$/;
const isoDate = /^(\d{4})-(\d\d)-(\d\d)$/;
const isoTime =
  /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s?(?:(Z|UTC)|([+-])(\d\d):?(\d\d)?)?$/i;
const numericDate =
  /^(\d{1,4})([./-])(\d{1,2})\2(\d{1,4})(?:[ ,T]+(\d{1,2}):(\d\d)(?::(\d\d))?(?:\s?([ap])\.?m\.?)?)?$/i;
const namedDate = /^(?:(\d{1,2})\.?[ -])?([a-z]{3,9})\.?[ -](?:(\d{1,2}),?[ -]+)?(\d{4})$/i;
const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const monthNames =
  /^(jan(uary)?|feb(ruary)?|mar(ch)?|apr(il)?|may|june?|july?|aug(ust)?|sept?(ember)?|oct(ober)?|nov(ember)?|dec(ember)?)$/i;

// Local part and domain as mail providers take them; letters of all scripts (RFC 6531), no quoted local parts.
const email =
  /^[\p{L}\p{N}!#$%&'*+/=?^_`{|}~-]+(\.[\p{L}\p{N}!#$%&'*+/=?^_`{|}~-]+)*@([\p{L}\p{N}]([\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.)+[\p{L}\p{N}][\p{L}\p{N}-]{0,61}[\p{L}\p{N}]$/u;
const simpleEmail =
  /^[a-z0-9][a-z0-9_+-]*(\.[a-z0-9_+-]+)*@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}$/i;

/** Whether the text has the form of one e-mail address (at most 254 characters, 64 before the @). */
export function isEmail(text: string): boolean {
  if (text.length > 254 || text.lastIndexOf('@') > 64) return false;
  return simpleEmail.test(text) || email.test(text);
}

const currencies = new Set(Intl.supportedValuesOf('currency'));
const leadingMark = /^\+?\s*(?:([A-Z]{3})(?![A-Z])|[A-Z]{0,3}\p{Sc}|Rs\.?|kr\.?|Fr\.)\s*/u;
const trailingMark = /\s*(?:(?<![A-Z])([A-Z]{3})|\p{Sc}|kr\.?|zł|Kč|Ft|lei|,-)$/u;

/** A number without the mark or code of its currency, before or after it. */
function withoutCurrency(text: string): string {
  const strip = (from: string, mark: RegExp) =>
    from.replace(mark, (all, code?: string) => (code && !currencies.has(code) ? all : ''));
  return strip(strip(text, leadingMark), trailingMark).trim();
}

const scientific = /^\d+(\.\d+)?e[+-]?\d{1,3}$/i;
// Thousands are marked in groups of three, in India in groups of two before the last; what comes after the other
// mark is the fraction.
const pointed = [
  /^\d+(\.\d+)?$/,
  /^\d{1,3}([,'’\u00a0\u202f ])\d{3}(\1\d{3})*(\.\d+)?$/,
  /^\d{1,2}(,\d\d)+,\d{3}(\.\d+)?$/,
];
const withComma = [/^\d+(,\d+)?$/, /^\d{1,3}([.'’\u00a0\u202f ])\d{3}(\1\d{3})*(,\d+)?$/];
const thousands = /['’\u00a0\u202f ]/g;

/**
 * A number as spreadsheets and shops write it: `1234.5`, `$1,234.50`, `1.234,50 €`, `(12.00)`, `1e3`.
 *
 * @param decimal the column's; without it a number is read with a decimal point where both readings are possible
 */
export function parseNumber(text: string, decimal?: Decimal): number | undefined {
  if (decimal !== 'comma' && plainNumber.test(text)) return Number(text);
  let bare = withoutCurrency(text);
  const negative = /^\(.*\)$/.test(bare) || bare.startsWith('-');
  bare = withoutCurrency(bare.replace(/^\((.*)\)$/, '$1').replace(/^[-+]\s*/, ''));
  if (scientific.test(bare)) return finite(Number(bare), negative);
  if (decimal !== 'comma' && pointed.some((form) => form.test(bare)))
    return finite(Number(bare.replaceAll(',', '').replace(thousands, '')), negative);
  if (decimal !== 'point' && withComma.some((form) => form.test(bare)))
    return finite(Number(bare.replaceAll('.', '').replace(thousands, '').replace(',', '.')), negative);
  return undefined;
}

/** The decimal mark that a column's numbers show; undefined when they show none, or both. */
export function decimalOf(cells: string[]): Decimal | undefined {
  let point = false;
  let comma = false;
  for (const cell of cells) {
    const bare = withoutCurrency(cell.replace(/^\((.*)\)$/, '$1').replace(/^-/, ''));
    if (parseNumber(bare, 'point') === undefined) comma ||= parseNumber(bare, 'comma') !== undefined;
    else if (parseNumber(bare, 'comma') === undefined) point = true;
  }
  return point === comma ? undefined : point ? 'point' : 'comma';
}

/** Whether a cell is one number with a decimal point, and another with a decimal comma. */
export const eitherNumber = (cell: string): boolean => {
  const [point, comma] = [parseNumber(cell, 'point'), parseNumber(cell, 'comma')];
  return point !== undefined && comma !== undefined && point !== comma;
};

const finite = (value: number, negative: boolean) =>
  Number.isFinite(value) ? (negative ? -value : value) : undefined;

const pad = (n: number, width = 2) => String(n).padStart(width, '0');

function instant(
  y: number,
  mo: number,
  d: number,
  h = 0,
  mi = 0,
  s = 0,
  ms = 0,
  offset = 0,
): string | undefined {
  if (y < 1900 || y > 2299 || mo < 1 || mo > 12 || d < 1 || h > 23 || mi > 59 || s > 59) return undefined;
  if (d > 28 && d > new Date(Date.UTC(y, mo, 0)).getUTCDate()) return undefined;
  if (h === 0 && mi === 0 && s === 0 && ms === 0 && offset === 0)
    return `${y}-${pad(mo)}-${pad(d)}T00:00:00.000Z`;
  return new Date(Date.UTC(y, mo - 1, d, h, mi, s, ms) - offset * 60_000).toISOString();
}

/**
 * A date or instant as ISO 8601 in UTC (`2021-03-04T00:00:00.000Z`), or undefined. Read are ISO 8601, dates with
 * a month's name, and dates in figures that can mean one day only: because a part is over 12, because points
 * divide it (always day first), or because the column has shown its order. A time without zone is UTC.
 */
export function parseDate(text: string, order?: DateOrder): string | undefined {
  const day = isoDate.exec(text);
  if (day) return instant(Number(day[1]), Number(day[2]), Number(day[3]));
  const iso = isoTime.exec(text);
  if (iso) {
    const offset = (iso[9] === '-' ? -1 : 1) * (Number(iso[10] ?? 0) * 60 + Number(iso[11] ?? 0));
    const ms = Math.trunc(Number(`0.${iso[7] ?? 0}`) * 1000);
    return instant(+iso[1]!, +iso[2]!, +iso[3]!, +iso[4]!, +iso[5]!, Number(iso[6] ?? 0), ms, offset);
  }
  const numeric = numericDate.exec(text);
  if (numeric) return parseNumericDate(numeric, order);
  const named = namedDate.exec(text);
  if (!named || !monthNames.test(named[2]!) || (named[1] === undefined) === (named[3] === undefined))
    return undefined;
  const month = months.indexOf(named[2]!.slice(0, 3).toLowerCase()) + 1;
  return instant(Number(named[4]), month, Number(named[1] ?? named[3]));
}

function parseNumericDate(match: RegExpExecArray, order?: DateOrder): string | undefined {
  const [, a = '', mark = '', b = '', c = '', hour, minute, second, half] = match;
  let h = Number(hour ?? 0);
  if (half && (h < 1 || h > 12)) return undefined;
  if (half) h = (h % 12) + (half.toLowerCase() === 'p' ? 12 : 0);
  const time = [h, Number(minute ?? 0), Number(second ?? 0)] as const;
  if (a.length === 4) return c.length <= 2 ? instant(+a, +b, +c, ...time) : undefined;
  if (c.length !== 4 || a.length > 2) return undefined;
  if (mark === '.') return instant(+c, +b, +a, ...time);
  // Where the order is known, a date that contradicts it is refused: somewhere one of the two is wrong.
  const dayFirst = order ? order === 'dmy' : Number(a) > 12;
  if (dayFirst) return instant(+c, +b, +a, ...time);
  const monthFirst = order === 'mdy' || Number(b) > 12 || Number(a) === Number(b);
  return monthFirst ? instant(+c, +a, +b, ...time) : undefined;
}

/** The order a column of dates in figures shows by parts over 12; undefined when it shows none, or both. */
export function dateOrder(values: string[]): DateOrder | undefined {
  let dmy = false;
  let mdy = false;
  for (const value of values) {
    const match = numericDate.exec(value);
    if (!match || match[1]!.length > 2 || match[2] === '.') continue;
    if (Number(match[1]) > 12) dmy = true;
    if (Number(match[3]) > 12) mdy = true;
  }
  return dmy === mdy ? undefined : dmy ? 'dmy' : 'mdy';
}

const truths = new Map<string, boolean>([
  ...['true', 'yes', 'y', '1', 't', 'on'].map((word) => [word, true] as const),
  ...['false', 'no', 'n', '0', 'f', 'off'].map((word) => [word, false] as const),
]);
export const parseBoolean = (text: string): boolean | undefined => truths.get(text.toLowerCase());

/** How exports write "nothing here" in columns that are not text. */
const nothing = /^(?:n\/?a|null|none|nil|nan|undefined|-+|—|#n\/a)$/i;
export const isNothing = (kind: Kind, text: string): boolean =>
  text === '' || (kind !== 'string' && text.length <= 9 && nothing.test(text));

/** Whether a date could be either of two days. */
export const eitherDate = (cell: string): boolean =>
  parseDate(cell) === undefined &&
  parseDate(cell, 'dmy') !== undefined &&
  parseDate(cell, 'mdy') !== undefined;

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what JSON escapes
const needsEscape = /["\\\u0000-\u001f\ud800-\udfff]/;

/** JSON.stringify of a text, in half the time where nothing in it is special. */
export const quoted = (text: string): string => (needsEscape.test(text) ? JSON.stringify(text) : `"${text}"`);

/** The JSON text of a cell, or undefined when it is not what its column holds. */
export function toJson(as: Reading, text: string): string | undefined {
  if (as.kind === 'string') return quoted(text);
  if (as.kind === 'number') {
    const value = parseNumber(text, as.decimal);
    return value === undefined ? undefined : String(value);
  }
  if (as.kind === 'boolean') return parseBoolean(text)?.toString();
  const value = as.kind === 'phone' ? phoneNumber(text, as.country) : parseDate(text, as.order);
  return value === undefined ? undefined : `"${value}"`;
}

/** Why a cell is not what its column holds, for people. */
export function whyNot({ kind, order, decimal, country }: Reading, text: string): string {
  if (kind === 'number') {
    const other = decimal && parseNumber(text, decimal === 'point' ? 'comma' : 'point') !== undefined;
    return other ? `not a number with a decimal ${decimal}, as this column has them` : 'not a number';
  }
  if (kind === 'boolean') return 'neither yes nor no';
  if (kind === 'phone')
    return country
      ? `not a phone number of ${country}; write it with the country's code, like +49 30 123456`
      : 'not a phone number with the code of its country, like +49 30 123456';
  if (eitherDate(text)) return 'could be day/month or month/day; write dates as 2021-03-04';
  if (order && parseDate(text) !== undefined)
    return `not a date with the ${order === 'dmy' ? 'day' : 'month'} first, as this column has them`;
  return 'not a date (best is the form 2021-03-04), or there is no such day';
}
