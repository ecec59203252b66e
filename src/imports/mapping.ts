import { Problem } from '../engine/index.ts';
import { type PhoneCountry, phoneNumber } from './phone.ts';
import type { Mapping } from './schema.ts';
import {
  dateOrder,
  decimalOf,
  eitherDate,
  eitherNumber,
  isEmail,
  isNothing,
  type Kind,
  parseBoolean,
  parseDate,
  parseNumber,
} from './values.ts';

/** The names exports give to the well-known attributes, most telling first; compared as snake_case. */
const names: { attribute: string; kind: Kind; names: string }[] = [
  {
    attribute: 'customer_id',
    kind: 'string',
    names: `customer_id customerid customer_number customer_no member_id membership_id member_number loyalty_id
      loyalty_number card_number user_id userid external_id client_id contact_id kundennummer id`,
  },
  {
    attribute: 'email',
    kind: 'string',
    names: 'email email_address e_mail e_mail_address emailaddress customer_email mail correo courriel',
  },
  {
    attribute: 'first_name',
    kind: 'string',
    names: 'first_name firstname first given_name forename fname customer_first_name prenom vorname nombre',
  },
  {
    attribute: 'last_name',
    kind: 'string',
    names:
      'last_name lastname last surname family_name lname customer_last_name nachname nom apellido apellidos',
  },
  {
    attribute: 'phone',
    kind: 'phone',
    names: `phone phone_number phonenumber mobile mobile_phone mobile_number cell cell_phone telephone tel telefon
      telefono customer_phone`,
  },
  {
    attribute: 'lifetime_value',
    kind: 'number',
    names: `lifetime_value ltv customer_lifetime_value clv gross_spent total_spent total_spend lifetime_spend
      lifetime_spent amount_spent gross_spend total_sales total_revenue umsatz`,
  },
  {
    attribute: 'store_location',
    kind: 'string',
    names:
      'store_location store location shop branch store_name location_name shop_name home_store filiale tienda',
  },
  {
    attribute: 'last_order_date',
    kind: 'date',
    names: `last_order_date last_order last_order_at last_ordered last_purchase last_purchase_date last_purchased
      last_visit_date most_recent_order letzte_bestellung`,
  },
];
const byName = names.flatMap(({ attribute, kind, names }) =>
  names.split(/\s+/).map((name, rank) => ({ attribute, kind, name, rank })),
);

/** `Last Order (Date)` → `last_order_date`. Empty when the name has no letters or digits. */
const snakeCase = (name: string): string =>
  name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/(\p{Ll}|\p{N})(\p{Lu})/gu, '$1_$2')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 100);

/**
 * Guesses what the columns are: from their names, and where the names do not say, from the cells.
 * A column whose name is empty and that holds nothing is left out.
 *
 * @param samples the cells of each column in the first rows
 * @param country where phone numbers are from that do not say so
 */
export function guessMapping(
  headers: string[],
  samples: string[][],
  country?: PhoneCountry,
): Omit<Mapping, 'identity'> {
  const columns: Mapping['columns'] = headers.map((header, index) => {
    const cells = (samples[index] ?? []).filter((cell) => cell !== '');
    const name = snakeCase(header);
    if (name === '' && cells.length === 0) return { header, attribute: null, kind: 'string' };
    return { header, attribute: name || `column_${index + 1}`, kind: guessKind(cells) };
  });
  for (const { attribute, kind } of names) {
    const known = byName.filter((entry) => entry.attribute === attribute);
    const best = columns
      .map((column, index) => ({ index, found: known.find(({ name }) => name === column.attribute) }))
      .filter(({ found }) => found !== undefined)
      .sort((a, b) => a.found!.rank - b.found!.rank)[0];
    if (best) columns[best.index] = { header: headers[best.index]!, attribute, kind };
  }
  if (!columns.some(({ attribute }) => attribute === 'email')) {
    const index = samples.findIndex((cells) => mostly(cells, isEmail, 0.8));
    if (index !== -1) columns[index] = { header: headers[index]!, attribute: 'email', kind: 'string' };
  }
  const taken = new Set<string>();
  for (const [index, column] of columns.entries()) {
    if (column.attribute === null) continue;
    const wanted = column.attribute;
    for (let n = 2; taken.has(column.attribute); n++) column.attribute = `${wanted}_${n}`;
    taken.add(column.attribute);
    const cells = samples[index] ?? [];
    // A column of phone numbers in which most are none is taken as it is, instead of costing most rows.
    if (column.kind === 'phone' && !mostly(cells, (cell) => isPhone(cell, country), 0.8))
      column.kind = 'string';
    const order = column.kind === 'date' ? dateOrder(cells) : undefined;
    if (order) column.date_order = order;
    const decimal = column.kind === 'number' ? decimalOf(cells) : undefined;
    if (decimal) column.decimal = decimal;
  }
  return { columns, ...(country && { country }) };
}

const isPhone = (cell: string, country: PhoneCountry | undefined) => phoneNumber(cell, country) !== undefined;

/** A cell that can be read in two ways, where nothing in its column says which; null when there is none. */
export function ambiguousCell({ kind, date_order, decimal }: Mapping['columns'][number], cells: string[]) {
  if (kind === 'date' && !date_order) return cells.find(eitherDate) ?? null;
  if (kind === 'number' && !decimal) return cells.find(eitherNumber) ?? null;
  return null;
}

function mostly(cells: string[], is: (cell: string) => boolean, share: number): boolean {
  const full = cells.filter((cell) => cell !== '');
  return full.length > 0 && full.filter(is).length >= full.length * share;
}

/** Identifiers that look like numbers stay text: leading zeros and more digits than a double holds. */
function guessKind(cells: string[]): Kind {
  const full = cells.filter((cell) => !isNothing('number', cell));
  if (full.length === 0) return 'string';
  if (full.every((cell) => /^-?(0|[1-9]\d{0,11})(\.\d{1,10})?$/.test(cell))) return 'number';
  if (full.every((cell) => /^(true|false|yes|no|y|n)$/i.test(cell) && parseBoolean(cell) !== undefined))
    return 'boolean';
  const order = dateOrder(full);
  const isDate = (cell: string) => parseDate(cell, order) !== undefined || (!order && eitherDate(cell));
  if (full.every((cell) => /\d/.test(cell) && isDate(cell))) return 'date';
  const decimal = decimalOf(full);
  return full.every((cell) => isMoney(cell) && parseNumber(cell, decimal) !== undefined)
    ? 'number'
    : 'string';
}

/** A number with the mark of a currency, a fraction or thousands; groups of digits with blanks may be a phone number. */
const isMoney = (cell: string) =>
  /\p{Sc}|[A-Za-z]{2,3}/u.test(cell) || /^-?\(?[1-9]?\d{0,2}([.,]\d{3})*([.,]\d+)?\)?$/.test(cell);

/** The user id is the customer id where the file has one, else the e-mail address. */
export function guessIdentity(columns: Mapping['columns']): string | null {
  const has = (attribute: string) => columns.some((column) => column.attribute === attribute);
  return has('customer_id') ? 'customer_id' : has('email') ? 'email' : null;
}

/**
 * The mapping to use for a file: the one asked for, put in the order of the file's columns (columns it does not
 * name are left out), or else the guessed one. Throws a Problem when it cannot work for this file.
 *
 * @param country of phone numbers, unless the mapping names one
 */
export function settleMapping(
  headers: string[],
  samples: string[][],
  asked: Mapping | null,
  country?: PhoneCountry,
): Mapping {
  if (!asked) {
    const guessed = guessMapping(headers, samples, country);
    const identity = guessIdentity(guessed.columns);
    if (identity) return { ...guessed, identity };
    throw noIdentity('there is neither an e-mail column nor a customer id', headers);
  }
  return arrangeMapping(headers, asked, country);
}

/** The mapping asked for, in the order of the file's columns; as `settleMapping`. */
export function arrangeMapping(headers: string[], asked: Mapping, country?: PhoneCountry): Mapping {
  const left = [...asked.columns];
  const columns = headers.map((header): Mapping['columns'][number] => {
    const at = left.findIndex((column) => column.header === header);
    return at === -1 ? { header, attribute: null, kind: 'string' } : left.splice(at, 1)[0]!;
  });
  if (left[0]) {
    throw new Problem(400, 'bad_mapping', `The file has no column ${JSON.stringify(left[0].header)}.`, {
      field: 'mapping.columns',
      hint: `Its columns are: ${headers.slice(0, 20).join(', ')}.`,
    });
  }
  const attributes = columns.flatMap(({ attribute }) => (attribute === null ? [] : [attribute]));
  const twice = attributes.find((attribute, index) => attributes.indexOf(attribute) !== index);
  if (twice) {
    throw new Problem(400, 'bad_mapping', `Two columns are mapped to ${JSON.stringify(twice)}.`, {
      field: 'mapping.columns',
    });
  }
  if (!attributes.includes(asked.identity)) {
    throw noIdentity(`no column is mapped to ${JSON.stringify(asked.identity)}`, headers);
  }
  return country && !asked.country ? { ...asked, columns, country } : { ...asked, columns };
}

const noIdentity = (why: string, headers: string[]) =>
  new Problem(
    400,
    'no_identity',
    `no identity column: ${why}. The columns are: ${headers.slice(0, 20).join(', ')}.`,
    {
      field: 'mapping.identity',
      hint: 'Say which column the rows are known by: an e-mail address, a customer id, or any other.',
    },
  );
