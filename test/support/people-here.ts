import type { PeopleHere } from '../../src/connections/people.ts';

interface Person {
  email?: string;
  first_name?: string;
}

/** One segment and its people in memory, as other rooms would tell of them. */
export class PeopleInMemory implements PeopleHere {
  name = 'Regulars';
  readonly people = new Map<string, Person>();
  readonly members = new Set<string>();
  readonly suppressed = new Set<string>();
  /** Person → names of programs. */
  readonly belongs = new Map<string, string[]>();
  programs = ['Gold', 'Silver'];
  version = 0;
  #changes: { profile: string; change: 'entered' | 'left'; version: number }[] = [];
  #edits: { id: string; at: number }[] = [];
  #stamp = 0;
  #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  edit(id: string, person: Person): void {
    this.people.set(id, { ...this.people.get(id), ...person });
    this.#edits.push({ id, at: this.#now() });
  }
  join(id: string): void {
    if (this.members.has(id)) return;
    this.members.add(id);
    this.#changes.push({ profile: id, change: 'entered', version: ++this.version });
  }
  leave(id: string): void {
    if (!this.members.delete(id)) return;
    this.#changes.push({ profile: id, change: 'left', version: ++this.version });
  }
  suppress(address: string, yes: boolean): void {
    this.#stamp++;
    if (yes) this.suppressed.add(address.toLowerCase());
    else this.suppressed.delete(address.toLowerCase());
  }
  place(id: string, programs: string[]): void {
    this.belongs.set(id, programs);
    this.#edits.push({ id, at: this.#now() });
  }
  /** Who is to be pushed, by address: address → first names of those who have it. */
  pushable(): Map<string, string[]> {
    const all = new Map<string, string[]>();
    for (const id of this.members) {
      const { email, first_name = '' } = this.people.get(id) ?? {};
      if (!email || this.suppressed.has(email.toLowerCase())) continue;
      const address = email.toLowerCase();
      all.set(address, [...(all.get(address) ?? []), first_name]);
    }
    return all;
  }

  segment = async () => ({ name: this.name, members: this.members.size, version: this.version });
  async *membersOf() {
    const all = [...this.members];
    for (let at = 0; at < all.length; at += 1_000) yield all.slice(at, at + 1_000);
  }
  async *changesSince(_workspace: string, _id: string, from: number, to: number) {
    yield this.#changes.filter(({ version }) => version > from && version <= to);
  }
  whichAreMembers = async (_workspace: string, _id: string, profiles: readonly string[]) =>
    new Set(profiles.filter((id) => this.members.has(id)));
  attributesOf = async (_workspace: string, profiles: readonly string[]) =>
    new Map(profiles.map((id) => [id, { ...this.people.get(id) }]));
  attributes = async () => [
    { name: 'email', values: [] },
    { name: 'first_name', values: ['Ann'] },
  ];
  suppressedAmong = async (_workspace: string, addresses: string[]) =>
    new Set(addresses.map((one) => one.toLowerCase()).filter((one) => this.suppressed.has(one)));
  suppressionsAsOf = async () => String(this.#stamp);
  placesByProgram = async () =>
    this.programs.map((program) => ({ program, places: [program.toLowerCase()] }));
  changedSince = async (_workspace: string, _names: readonly string[], since: Date) => [
    ...new Set(this.#edits.filter(({ at }) => at >= since.getTime()).map(({ id }) => id)),
  ];
  placesOf = async (_workspace: string, profiles: readonly string[], places: readonly string[]) =>
    new Map(
      profiles.map((id) => [
        id,
        (this.belongs.get(id) ?? []).map((name) => name.toLowerCase()).filter((one) => places.includes(one)),
      ]),
    );
}
