import { describe, expect, test } from 'vitest';
import { evaluate, type Incident, type Outcome, type Telling } from './evaluate.ts';
import type { Subject, SubjectTrouble } from './subject.ts';

const minute = 60_000;
const hour = 60 * minute;
const workspace = 'w';

const outage: SubjectTrouble = {
  code: 'unreachable',
  message: 'api.example.com could not be reached.',
  needsPerson: false,
  scope: 'own',
};
const refused = (account: string): SubjectTrouble => ({
  code: 'credentials_refused',
  message: 'The key is refused.',
  needsPerson: true,
  scope: account,
});

/** A house with an injected time: connections that sync hourly, and what people are told of them. */
class House {
  now = new Date('2026-06-15T00:00:00Z');
  readonly told: { type: Telling; at: Date; unwell: number; cause: string }[] = [];
  #open: Incident[] = [];
  #excused = new Map<string, Date | null>();
  #ids = 0;
  readonly all = new Map<string, { synced: Date; paused: boolean; trouble: SubjectTrouble | null }>();

  add(count: number, trouble: SubjectTrouble | null = null): string[] {
    const keys = Array.from({ length: count }, () => `c${this.all.size + this.#ids++}`);
    for (const [n, key] of keys.entries()) {
      // Spread over the hour, as they are.
      this.all.set(key, {
        synced: new Date(this.now.getTime() - (n / count) * hour),
        paused: false,
        trouble,
      });
    }
    return keys;
  }

  set(key: string, change: Partial<{ synced: Date; paused: boolean; trouble: SubjectTrouble | null }>) {
    Object.assign(this.all.get(key)!, change);
  }

  /** Runs that are due and in no trouble succeed; then there is a look. */
  step(ms = minute, runs = true): Outcome[] {
    this.now = new Date(this.now.getTime() + ms);
    for (const one of this.all.values()) {
      if (runs && !one.paused && !one.trouble && this.now.getTime() - one.synced.getTime() >= hour)
        one.synced = this.now;
    }
    return this.look();
  }

  pass(ms: number, runs = true): void {
    for (let passed = 0; passed < ms; passed += minute) this.step(minute, runs);
  }

  look(allExcusedUntil: Date | null = null): Outcome[] {
    const subjects = [...this.all].map(
      ([key, { synced, paused, trouble }]): Subject => ({
        ...{ key, workspace, kind: 'mailchimp', name: key, path: `/connections/${key}`, paused },
        ...{ wellAt: synced, lagMs: this.now.getTime() - synced.getTime(), lateAfterMs: 2 * hour, trouble },
      }),
    );
    const { outcomes, excused } = evaluate({
      ...{ open: this.#open, subjects, excused: this.#excused, allExcusedUntil, now: this.now },
      newId: () => `i${this.#ids++}`,
    });
    this.#excused = excused;
    this.#open = outcomes.filter(({ closed }) => !closed).map(({ incident }) => incident);
    for (const { tell, incident } of outcomes) {
      const unwell = [...incident.members.values()].filter(({ leftAt }) => !leftAt).length;
      if (tell) this.told.push({ type: tell, at: this.now, unwell, cause: incident.cause });
    }
    return outcomes;
  }

  get types() {
    return this.told.map(({ type }) => type);
  }
}

describe('what is late', () => {
  test('one slow run, one failed run and a short outage are nothing', () => {
    const house = new House();
    const [slow, failed] = house.add(20);
    house.set(slow!, { synced: new Date(house.now.getTime() - 119 * minute) });
    house.step(0, false);
    house.set(failed!, { trouble: outage });
    house.pass(10 * minute);
    house.set(failed!, { trouble: null });
    house.pass(2 * hour);
    for (const key of house.all.keys()) house.set(key, { trouble: outage });
    house.pass(50 * minute);
    for (const key of house.all.keys()) house.set(key, { trouble: null });
    house.pass(5 * hour);
    expect(house.told).toEqual([]);
  });

  test('an outage of 1,000, each late at its own minute, is one message; so is its end', () => {
    const house = new House();
    const keys = house.add(1_000);
    // It shows itself in different ways, and changes.
    for (const [n, key] of keys.entries())
      house.set(key, { trouble: { ...outage, code: ['unreachable', 'failing', 'throttled'][n % 3]! } });
    house.pass(5 * hour);
    expect(house.types).toEqual(['opened']);
    const [{ at, unwell }] = house.told as [(typeof house.told)[number]];
    expect(unwell).toBeLessThan(30);
    expect(at.getTime() - Date.parse('2026-06-15T00:00:00Z')).toBeLessThanOrEqual(hour + 2 * minute);
    const [outcome] = house.look();
    expect(outcome!.incident.members.size).toBe(1_000);
    // The provider is back; they are tried one after the other.
    for (const [n, key] of keys.entries()) {
      house.set(key, { trouble: null });
      if (n % 25 === 0) house.step();
    }
    house.pass(hour);
    expect(house.types).toEqual(['opened', 'closed']);
  });

  test('of those that never had their turn, nobody knows why: they are in the same incident', () => {
    const house = new House();
    const keys = house.add(100);
    for (const key of keys.slice(0, 50)) house.set(key, { trouble: outage });
    // Workers hang in the others.
    house.pass(4 * hour, false);
    expect(house.told).toMatchObject([{ type: 'opened', cause: 'late' }]);
  });

  test('is reminded of once a day', () => {
    const house = new House();
    house.add(30, outage);
    house.pass(3 * 24 * hour + 4 * hour);
    expect(house.types).toEqual(['opened', 'reminder', 'reminder', 'reminder']);
    expect(house.told.at(-1)).toMatchObject({ unwell: 30 });
  });

  test('one that falls behind long after the others is told of', () => {
    const house = new House();
    const [first, second] = house.add(2);
    house.set(first!, { trouble: outage });
    house.pass(10 * hour);
    house.set(second!, { trouble: outage });
    house.pass(4 * hour);
    expect(house.types).toEqual(['opened', 'grew']);
    expect(house.told.at(-1)).toMatchObject({ unwell: 2 });
  });

  test('a provider that comes and goes within minutes is one incident', () => {
    const house = new House();
    const [a, b] = house.add(2);
    for (const key of [a!, b!]) house.set(key, { synced: house.now, trouble: outage });
    house.set(b!, { synced: new Date(house.now.getTime() + 3 * minute) });
    house.pass(2 * hour + minute);
    house.set(a!, { trouble: null });
    house.pass(3 * minute);
    house.set(b!, { trouble: null });
    house.pass(hour);
    expect(house.types).toEqual(['opened', 'closed']);
  });
});

describe('what is excused', () => {
  test('a planned pause, and the run after it', () => {
    const house = new House();
    const keys = house.add(10);
    for (const key of keys) house.set(key, { paused: true });
    house.pass(50 * hour);
    for (const key of keys) house.set(key, { paused: false });
    // Their turn comes within some minutes, not within one.
    house.pass(10 * minute, false);
    house.pass(5 * hour);
    expect(house.told).toEqual([]);
  });

  test('not when it does not go on after a pause', () => {
    const house = new House();
    const [key] = house.add(1);
    house.set(key!, { paused: true });
    house.pass(5 * hour);
    house.set(key!, { paused: false, trouble: outage });
    house.pass(14 * minute);
    expect(house.told).toEqual([]);
    house.pass(3 * minute);
    expect(house.types).toEqual(['opened']);
  });

  test('a pause ends an incident', () => {
    const house = new House();
    const [key] = house.add(1, outage);
    house.pass(4 * hour);
    house.set(key!, { paused: true });
    house.pass(10 * minute);
    expect(house.types).toEqual(['opened', 'closed']);
  });

  test('a removed one ends an incident', () => {
    const house = new House();
    const [key] = house.add(1, outage);
    house.pass(4 * hour);
    house.all.delete(key!);
    house.pass(10 * minute);
    expect(house.types).toEqual(['opened', 'closed']);
  });

  test('everything, while the program catches up after a stop', () => {
    const house = new House();
    house.add(10);
    house.now = new Date(house.now.getTime() + 48 * hour);
    house.look(new Date(house.now.getTime() + 15 * minute));
    house.pass(hour);
    expect(house.told).toEqual([]);
  });
});

describe('what needs somebody', () => {
  test('is told at once, and its end after a run, not after a new key alone', () => {
    const house = new House();
    const [key] = house.add(1);
    house.pass(10 * minute);
    house.set(key!, { trouble: refused('a') });
    house.step();
    expect(house.told).toMatchObject([{ type: 'opened', cause: 'credentials_refused' }]);
    house.set(key!, { trouble: null });
    house.step(minute, false);
    house.set(key!, { trouble: refused('a') });
    house.step();
    expect(house.types).toEqual(['opened']);
    house.set(key!, { trouble: null, synced: house.now });
    house.step();
    expect(house.types).toEqual(['opened', 'closed']);
  });

  test('many of one account are one message; another account is told of too', () => {
    const house = new House();
    const keys = house.add(100);
    house.pass(10 * minute);
    for (const [n, key] of keys.slice(0, 50).entries()) {
      house.set(key, { trouble: refused('a') });
      if (n % 5 === 0) house.step();
    }
    expect(house.types).toEqual(['opened']);
    house.set(keys[60]!, { trouble: refused('b') });
    house.pass(15 * minute);
    expect(house.types).toEqual(['opened', 'grew']);
    house.pass(10 * hour);
    expect(house.types).toEqual(['opened', 'grew']);
  });

  test('1,000 accounts refused one after the other within an hour are a few messages', () => {
    const house = new House();
    const keys = house.add(1_000);
    for (const [n, key] of keys.entries()) {
      house.set(key, { trouble: refused(`account ${n}`) });
      if (n % 16 === 0) house.step();
    }
    house.pass(3 * hour);
    expect(house.types.length).toBeLessThanOrEqual(7);
    expect(new Set(house.types)).toEqual(new Set(['opened', 'grew']));
    expect(house.told.at(-1)).toMatchObject({ unwell: 1_000 });
  });

  test('one that was late moves to where somebody can help', () => {
    const house = new House();
    const [key] = house.add(1, outage);
    house.pass(4 * hour);
    house.set(key!, { trouble: refused('a') });
    house.pass(10 * minute);
    expect(house.told.map(({ type, cause }) => `${type} ${cause}`)).toEqual([
      'opened late',
      'opened credentials_refused',
      'closed late',
    ]);
  });

  test('one with a new key that then does not get through moves to what is late', () => {
    const house = new House();
    const [key] = house.add(1);
    house.set(key!, { trouble: refused('a') });
    house.step();
    house.set(key!, { trouble: outage });
    house.pass(3 * hour);
    expect(house.told.map(({ type, cause }) => `${type} ${cause}`)).toEqual([
      'opened credentials_refused',
      'closed credentials_refused',
      'opened late',
    ]);
  });
});
