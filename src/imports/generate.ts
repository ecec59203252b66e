import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';

/** One customer as a location's file has it. */
export interface LoyaltyCustomer {
  first_name: string;
  last_name: string;
  /** Unique over all locations; lower case. */
  email: string;
  /** Empty when the shop does not know it. */
  phone: string;
  /** In dollars, two decimals. */
  lifetime_value: number;
  store_location: string;
  /** YYYY-MM-DD */
  last_order_date: string;
  favorite_category: string;
}

export interface LoyaltyOptions {
  /** The folder the files are written to; made if it is not there. */
  out: string;
  locations?: number;
  customersPerLocation?: number;
  seed?: number;
  /** Deliberately bad rows in each file, beside the customers. */
  badRows?: number;
  onFile?: (file: LoyaltyFile) => void;
}

export interface LoyaltyFile {
  path: string;
  store_location: string;
  /** Rows without the header: customers and bad rows. */
  rows: number;
  bad: number;
}

const words = (text: string) => text.trim().split(/\s+/);
const firstNames = words(`
  Anna James Maria John Linda Robert Patricia Michael Barbara William Élodie David Chloé Zoë Noël Renée José Ángel
  Sofía Björn Søren Łukasz Zofia Jürgen Käthe François Inès Thảo Nguyễn Aiko Hiroshi Wei Mei Priya Arjun Fatima Omar
  Amir Leila Olga Dmitri Ivan Natalia Kwame Ama Thandi Sipho Mateo Lucía Camila Diego Valentina Emma Olivia Liam Noah
  Ava Mia Lucas Ethan Grace Henry Ruby Oscar Hazel Jack Nora Leo Iris Theo Clara Hugo Stella Felix Alice Max Jean-Luc
  Mary-Kate Anne-Marie Joséphine Siobhán Seán Niamh Ciarán Håkon Astrid Matthäus Božena Čeněk Żaneta Gülşen Ömer`);
const lastNames = words(`
  Smith Johnson Williams Brown Jones Garcia Miller Davis Rodríguez Martínez Hernández López González Wilson Anderson
  Thomas Taylor Moore Jackson Martin Lee Pérez Thompson White Harris Sánchez Clark Ramírez Lewis Robinson Walker Young
  Allen King Wright Scott Torres Nguyen Hill Flores Green Adams Nelson Baker Hall Rivera Campbell Mitchell Carter
  Müller Schröder Weiß Jäger Krüger Lefèvre Dubois Beauséjour Côté Kowalski Wójcik Dvořák Nováková Ångström Sørensen
  Jørgensen Þórsdóttir Çelik Yılmaz O'Brien O'Connor D'Angelo N'Diaye McDonald MacLeod Nakamura Tanaka Kim Park Chen
  Wang Singh Patel Kumar Okafor Mensah Dlamini Haddad Rossi Bianchi Esposito Papadopoulos Ivanova Petrov`);
const places = [
  'Chicago Loop',
  'Wicker Park',
  'Lincoln Park',
  'Evanston',
  'Oak Park',
  'Naperville',
  'Milwaukee',
  'Madison',
  'Indianapolis',
  'Ann Arbor',
  'Detroit',
  'Cleveland',
  'Columbus',
  'St. Louis',
  'Minneapolis',
  'Des Moines',
  'Kansas City',
  'Louisville',
  'Cincinnati',
  'Pittsburgh',
  'Winston-Salem, Old Town',
  'Coeur d’Alene',
  'Boise',
  'Reno',
];
const categories = ['Coffee', 'Bakery', 'Books', 'Garden', 'Kitchen', 'Toys', 'Wine & Cheese', 'Stationery'];
const domains = ['example.com', 'example.org', 'example.net', 'mail.example.com', 'post.example.org'];

/** The store of a location, from 0. */
export const loyaltyLocation = (location: number): string =>
  places[location] ?? `${places[location % places.length]} ${Math.floor(location / places.length) + 1}`;

/** The end of the time in which people ordered; fixed, so that a seed always means the same people. */
const UNTIL = Date.UTC(2026, 10, 1);
const DAY = 86_400_000;
const LAPSED = Date.UTC(2018, 0, 1);

/** Numbers in [0, 1) from a seed (mulberry32). */
function randomFrom(a: number, b: number, c: number): () => number {
  let state =
    Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b + 1, 0xc2b2ae35) ^ Math.imul(c + 1, 0x27d4eb2f);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const plain = new Map<string, string>();
/** The letters a name leaves in an e-mail address. */
function addressPart(name: string): string {
  let part = plain.get(name);
  if (part === undefined) {
    const latin = name.replace(/ß/g, 'ss').replace(/[øØ]/g, 'o').replace(/[łŁ]/g, 'l').replace(/[þÞ]/g, 'th');
    part = latin
      .normalize('NFD')
      .toLowerCase()
      .replace(/ı/g, 'i')
      .replace(/[^a-z-]/g, '');
    plain.set(name, part);
  }
  return part;
}

/**
 * Customer `n` (from 0, under 10 million) of a location: always the same for the same seed, whatever else is
 * generated. Most ordered within the last four years; some were last seen in 2018 and 2019.
 */
export function loyaltyCustomer(seed: number, location: number, n: number): LoyaltyCustomer {
  const random = randomFrom(seed, location, n);
  const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)]!;
  const first = pick(firstNames);
  const last = pick(lastNames);
  const number = (location * 10_000_000 + n).toString(36);
  const email = `${addressPart(first)}.${addressPart(last)}.${number}@${pick(domains)}`;
  const odd = random();
  const phone = random() < 0.3 ? '' : `+1 312 555 ${String(Math.floor(random() * 10_000)).padStart(4, '0')}`;
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const lapsed = random() < 0.12;
  const ago = random();
  const ordered = lapsed ? LAPSED + ago * 729 * DAY : UNTIL - ago ** 1.6 * 1461 * DAY;
  return {
    first_name: odd < 0.01 ? `${first} "${first.slice(0, 3)}"` : first,
    last_name: odd > 0.98 ? `${last}, Jr.` : last,
    email,
    phone,
    lifetime_value: Math.round(Math.exp(Math.log(80) + 1.1 * normal) * 100) / 100,
    store_location: loyaltyLocation(location),
    last_order_date: new Date(ordered).toISOString().slice(0, 10),
    favorite_category: pick(categories),
  };
}

const header = 'First Name,Last Name,Email,Phone,LTV,Store Location,Last Order Date,Favorite Category';

const quoted = (cell: string) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

function cellsOf(customer: LoyaltyCustomer): string[] {
  const { first_name, last_name, email, phone, lifetime_value, store_location, last_order_date } = customer;
  const names = [quoted(first_name), quoted(last_name), email, phone];
  return [
    ...names,
    lifetime_value.toFixed(2),
    quoted(store_location),
    last_order_date,
    customer.favorite_category,
  ];
}

/** What goes wrong in real exports. Each makes exactly one bad row of one customer's cells. */
const spoil: ((cells: string[]) => string[])[] = [
  (cells) => cells.with(2, cells[2]!.replace('@', ' at ')),
  (cells) => [...cells, 'VIP', '7'],
  (cells) => cells.with(4, 'see notes'),
  (cells) => cells.with(6, '2023-02-30'),
  (cells) => cells.slice(0, 5),
  (cells) => cells.with(1, '"Ann" Marie'),
  (cells) => cells.with(0, '"Unclosed'),
  (cells) => cells.with(2, ''),
];

/** Rows of spoiled customers, told apart from the good ones by numbers no good one has. */
const SPOILED = 9_000_000;

/**
 * Writes one CSV file a location, as fast as the disk takes it. Every third file has Windows line ends.
 * The same options give the same bytes.
 *
 * @returns the files, and how many customers are in all of them
 */
export async function writeLoyaltyFiles({
  out,
  locations = 20,
  customersPerLocation = 1000,
  seed = 1,
  badRows = 3,
  onFile = () => {},
}: LoyaltyOptions): Promise<{ files: LoyaltyFile[]; customers: number }> {
  await mkdir(out, { recursive: true });
  const files: LoyaltyFile[] = [];
  for (let location = 0; location < locations; location++) {
    const slug = addressPart(loyaltyLocation(location).replaceAll(' ', '-'));
    const path = join(out, `loyalty-${String(location + 1).padStart(2, '0')}-${slug}.csv`);
    await writeFile(
      path,
      location % 3 === 2 ? '\r\n' : '\n',
      locationLines(seed, location, customersPerLocation, badRows),
    );
    const file = {
      path,
      store_location: loyaltyLocation(location),
      rows: customersPerLocation + badRows,
      bad: badRows,
    };
    files.push(file);
    onFile(file);
  }
  return { files, customers: locations * customersPerLocation };
}

function* locationLines(
  seed: number,
  location: number,
  customers: number,
  badRows: number,
): Generator<string> {
  yield header;
  // Spread over the file; the last customers always come after the last bad row.
  let spoiled = 0;
  for (let n = 0; n < customers; n++) {
    while (spoiled < badRows && n >= ((spoiled + 0.5) * customers) / badRows)
      yield badLine(seed, location, spoiled++);
    yield cellsOf(loyaltyCustomer(seed, location, n)).join(',');
  }
  while (spoiled < badRows) yield badLine(seed, location, spoiled++);
}

const badLine = (seed: number, location: number, index: number) =>
  spoil[(location + index) % spoil.length]!(cellsOf(loyaltyCustomer(seed, location, SPOILED + index))).join(
    ',',
  );

async function writeFile(path: string, lineEnd: string, lines: Iterable<string>): Promise<void> {
  const file = createWriteStream(path);
  let text = '';
  for (const line of lines) {
    text += line + lineEnd;
    if (text.length < 256 * 1024) continue;
    const room = file.write(text);
    text = '';
    if (!room) await once(file, 'drain');
  }
  file.end(text);
  await finished(file);
}
