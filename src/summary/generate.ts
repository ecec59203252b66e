import { closeSync, openSync, writeSync } from 'node:fs';
import { Problem } from '../engine/index.ts';

export interface ActivityOptions {
  /** The file of activity, in the form `rapport summarize` reads. */
  out: string;
  /** The file for the right summary of it. */
  verify: string;
  seed: number;
  /** Customers; their ids are 1 … count. */
  count: number;
  /** Each customer has the six everyday attributes and 1 … attrs more. */
  attrs: number;
  events: number;
  /** The most different names of events a customer has. */
  maxevents: number;
  /** One event in so many is written twice. */
  dupes: number;
  /** One event in so many has no user_id. */
  anon: number;
}

export interface ActivityWritten {
  lines: number;
  bytes: number;
  users: number;
}

const words = (text: string) => text.trim().split(/\s+/);
const firstNames =
  words(`Anna James Maria John Linda Robert Élodie David Chloé Zoë Noël José Ángel Sofía Björn Łukasz
  Zofia Jürgen François Thảo Aiko Hiroshi Priya Arjun Fatima Omar Leila Dmitri Kwame Thandi Mateo Lucía Emma Liam`);
const lastNames =
  words(`Smith Johnson Williams García Miller Davis Rodríguez Martínez Hernández Wilson Thomas Taylor
  Moore Lee Thompson White Clark Lewis Walker Young Müller Weiß Dubois Kowalski Dvořák Sørensen Yılmaz O'Brien Tanaka Kim`);
const cities = words(
  `Portland Chicago Montréal München Kraków Lyon Osaka Nairobi Lima Austin Bergen Porto Genève Pune`,
);
const things =
  words(`page cart order offer coupon email video story plan invoice review product store account profile
  search banner survey ticket gift list card photo map price sample bundle season label route`);
const deeds =
  words(`opened viewed started saved shared removed added changed closed sent liked rated booked printed
  moved merged copied joined left picked packed found asked answered renewed paused resumed archived`);
const kinds = words(`favorite last next usual former second top first main spare local yearly weekly daily`);

/** Every name of an event or further attribute; a customer has a run of neighbours, so no name twice. */
const eventNames = things.flatMap((thing) => deeds.map((deed) => `${thing}_${deed}`));
const attributeNames = kinds.flatMap((kind) => things.map((thing) => `${kind}_${thing}`));
const everyday = ['first_name', 'last_name', 'email', 'city', 'ip', 'created_at'] as const;

/** Old values have timestamps before this, those that must win after it (Unix seconds). */
const cut = 1_500_000_000;

/** A whole-number mixer (xxHash32's end, two rounds): the same numbers, the same result. */
function mix(a: number, b: number, c: number): number {
  let h = Math.imul(a ^ Math.imul(b, 0x9e3779b1), 0x85ebca77) ^ Math.imul(c + 0x165667b1, 0xc2b2ae3d);
  h = Math.imul(h ^ (h >>> 15), 0x85ebca77);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae3d);
  return (h ^ (h >>> 16)) >>> 0;
}

/** sfc32, after Chris Doty-Humphrey's PractRand: 32 random bits a call. */
function randomBits(seed: number): () => number {
  let [a, b, c, d] = [mix(seed, 1, 0), mix(seed, 2, 0), mix(seed, 3, 0), 1];
  return () => {
    const t = (a + b + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + t;
    return t >>> 0;
  };
}

const hex16 = Array.from({ length: 65_536 }, (_, n) => n.toString(16).padStart(4, '0'));
const of = <T>(list: readonly T[], n: number) => list[n % list.length] as T;

/** Customers as functions of the seed: nothing about them is kept in memory but what was written already. */
class Customers {
  readonly #seed: number;
  readonly #attrs: number;
  readonly #maxEvents: number;

  constructor({ seed, attrs, maxevents }: ActivityOptions) {
    this.#seed = seed;
    this.#attrs = attrs;
    this.#maxEvents = maxevents;
  }

  #hash(customer: number, salt: number) {
    return mix(this.#seed, customer, salt);
  }

  attributes(customer: number): number {
    return everyday.length + 1 + (this.#hash(customer, -1) % this.#attrs);
  }

  attribute(customer: number, n: number): string {
    if (n < everyday.length) return everyday[n] as string;
    return of(attributeNames, (this.#hash(customer, -2) % attributeNames.length) + n);
  }

  events(customer: number): number {
    return 1 + (this.#hash(customer, -3) % this.#maxEvents);
  }

  event(customer: number, n: number): string {
    return of(eventNames, (this.#hash(customer, -4) % eventNames.length) + n);
  }

  /** The value as JSON; `version` 0 is the one that stays. */
  value(customer: number, n: number, version: number): string {
    const hash = mix(this.#hash(customer, n), version, 7);
    switch (n) {
      case 0:
        return `"${of(firstNames, hash)}"`;
      case 1:
        return `"${of(lastNames, hash)}"`;
      case 2:
        return `"c${customer}.${hash % 97}@mail${hash % 13}.example"`;
      case 3:
        return `"${of(cities, hash)}"`;
      case 4:
        return `"10.${hash & 255}.${(hash >>> 8) & 255}.${(hash >>> 16) & 255}"`;
      case 5:
        return String(1_200_000_000 + (hash % 300_000_000));
    }
    const form = n % 8;
    if (form === 0) return String(hash % 1_000_000);
    if (form === 3) return `${hash % 10_000}.${String((hash >>> 16) % 100).padStart(2, '0')}`;
    if (form === 5) return hash & 1 ? 'true' : 'false';
    return `"${of(kinds, hash)} ${of(things, hash >>> 8)} ${hash % 1000}"`;
  }
}

/** Writes lines in large pieces, which is what makes it fast. */
class LineFile {
  bytes = 0;
  lines = 0;
  readonly #fd: number;
  #pending: string[] = [];

  constructor(path: string) {
    this.#fd = openSync(path, 'w');
  }

  write(line: string): void {
    this.lines++;
    this.#pending.push(line);
    if (this.#pending.length >= 2_000) this.#flush();
  }

  #flush(): void {
    if (this.#pending.length === 0) return;
    const piece = Buffer.from(`${this.#pending.join('\n')}\n`);
    for (let at = 0; at < piece.length; ) at += writeSync(this.#fd, piece, at);
    this.bytes += piece.length;
    this.#pending = [];
  }

  close(): void {
    this.#flush();
    closeSync(this.#fd);
  }
}

/**
 * Writes a file of activity and the right summary of it. The same options write the same bytes. Values that must
 * lose have older timestamps but may stand later in the file; an event written twice may stand far from its twin.
 * 12 bytes of memory a customer and event name, or attribute, at most.
 */
export function writeActivity(options: ActivityOptions): ActivityWritten {
  const { out, verify, seed, count, attrs, maxevents } = options;
  if (
    maxevents > eventNames.length ||
    attrs > attributeNames.length - everyday.length ||
    count * Math.max(maxevents, attrs) > 4e8
  ) {
    throw new Problem(
      400,
      'too_large',
      'That many customers, attributes or names of events do not fit in memory.',
      {
        hint: `At most ${eventNames.length} names of events, ${attributeNames.length - everyday.length} attributes, and 400,000,000 of either times customers.`,
      },
    );
  }
  const customers = new Customers(options);
  const random = randomBits(seed);
  const counts = new Uint32Array(count * maxevents);
  const slots = everyday.length + attrs;
  const written = new Uint8Array(count * slots);
  const file = new LineFile(out);
  const uuid = () => {
    const [a, b, c, d] = [random(), random(), random(), random()];
    return `${hex16[a >>> 16]}${hex16[a & 65_535]}-${hex16[b >>> 16]}-4${(hex16[b & 65_535] as string).slice(1)}-${hex16[((c >>> 16) & 0x3fff) | 0x8000]}-${hex16[c & 65_535]}${hex16[d >>> 16]}${hex16[d & 65_535]}`;
  };

  const attributesOf = (customer: number, picked: number[], version: number) => {
    const pairs = picked.map(
      (n) => `"${customers.attribute(customer, n)}":${customers.value(customer, n, version)}`,
    );
    const time = version === 0 ? cut + (random() % 100_000_000) : cut - 1 - (random() % 300_000_000);
    file.write(
      `{"id":"${uuid()}","type":"attributes","user_id":"${customer}","data":{${pairs.join(',')}},"timestamp":${time}}`,
    );
    if (version === 0) for (const n of picked) written[(customer - 1) * slots + n] = 1;
  };
  const someAttributes = () => {
    const customer = 1 + (random() % count);
    const all = customers.attributes(customer);
    const first = random() % all;
    const picked = Array.from({ length: 1 + (random() % 3) }, (_, n) => (first + n) % all);
    attributesOf(customer, picked, random() % 2 === 0 ? 0 : 1 + (random() % 1000));
  };

  const twins: string[] = [];
  const writeAgainLater = (line: string) => {
    if (twins.length < 1_000) return void twins.push(line);
    const at = random() % twins.length;
    file.write(twins[at] as string);
    twins[at] = line;
  };
  const event = () => {
    const customer = 1 + (random() % count);
    const n = random() % customers.events(customer);
    const name = customers.event(customer, n);
    const anonymous = random() % options.anon === 0;
    const time = cut - 200_000_000 + (random() % 300_000_000);
    const user = anonymous ? '' : `"user_id":"${customer}",`;
    const data = `{"url":"https://shop.example/${name}/${random() % 10_000}","price":${random() % 500}.${10 + (random() % 90)},"session":"${hex16[random() & 65_535]}${hex16[random() & 65_535]}"}`;
    const line = `{"id":"${uuid()}","type":"event","name":"${name}",${user}"data":${data},"timestamp":${time}}`;
    file.write(line);
    if (!anonymous) (counts[(customer - 1) * maxevents + n] as number)++;
    if (random() % options.dupes === 0) writeAgainLater(line);
  };

  // Two messages of attributes a customer in the stream, the rest at the end.
  let left = 2 * count;
  for (let n = 0; n < options.events; n++) {
    event();
    for (
      const until = Math.floor((2 * count * (options.events - n - 1)) / options.events);
      left > until;
      left--
    )
      someAttributes();
  }
  for (const line of twins) file.write(line);
  for (let customer = 1; customer <= count; customer++) {
    const rest: number[] = [];
    for (let n = 0; n < customers.attributes(customer); n++)
      if (!written[(customer - 1) * slots + n]) rest.push(n);
    for (let n = 0; n < rest.length; n += 3) attributesOf(customer, rest.slice(n, n + 3), 0);
  }
  file.close();
  writeExpected(verify, customers, count, (customer, n) => counts[(customer - 1) * maxevents + n] as number);
  return { lines: file.lines, bytes: file.bytes, users: count };
}

const ascending = (a: string, b: string) => (a < b ? -1 : 1);

function writeExpected(
  path: string,
  customers: Customers,
  count: number,
  countOf: (customer: number, n: number) => number,
) {
  const file = new LineFile(path);
  for (const customer of inTextOrder(count)) {
    const attributes = Array.from({ length: customers.attributes(customer) }, (_, n) => {
      const value = customers.value(customer, n, 0);
      return `${customers.attribute(customer, n)}=${value.startsWith('"') ? JSON.parse(value) : value}`;
    });
    const events: string[] = [];
    for (let n = 0; n < customers.events(customer); n++) {
      const times = countOf(customer, n);
      if (times > 0) events.push(`${customers.event(customer, n)}=${times}`);
    }
    file.write(
      `${customer},${[...attributes.sort(ascending), ...(events.length > 0 ? events.sort(ascending) : [''])].join(',')}`,
    );
  }
  file.close();
}

/** 1 … count in the order of their texts: 1, 10, 100, …, 11, …, 2. */
function* inTextOrder(count: number): Generator<number> {
  let n = 1;
  for (let given = 0; given < count; given++) {
    yield n;
    if (n * 10 <= count) n *= 10;
    else {
      while (n % 10 === 9 || n + 1 > count) n = Math.floor(n / 10);
      n++;
    }
  }
}
