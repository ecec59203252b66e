import type { Member } from './list.ts';

/** Oldest change first. Which of one second comes first Mailchimp does not say; here it is anything but their arrival. */
export type Order = readonly Member[];

const before = (a: Member, b: Member) =>
  a.last_changed - b.last_changed || (a.contact_id < b.contact_id ? -1 : a.contact_id > b.contact_id ? 1 : 0);

/** Members by their last change, kept in order as they change: a page of a hundred thousand costs a slice. */
export class Ordered {
  #order: Member[] = [];
  /** Those added since the order was last asked for. */
  #added: Member[] = [];

  static of(members: Member[]): Order {
    return members.sort(before);
  }

  get size(): number {
    return this.#order.length + this.#added.length;
  }

  add(member: Member): void {
    this.#added.push(member);
  }

  remove(member: Member): void {
    if (this.#added.length > 0) this.order();
    const at = this.#place(member);
    if (this.#order[at] === member) this.#order.splice(at, 1);
  }

  order(): Order {
    if (this.#added.length > 100) this.#order = this.#order.concat(this.#added).sort(before);
    else for (const member of this.#added) this.#order.splice(this.#place(member), 0, member);
    this.#added = [];
    return this.#order;
  }

  #place(member: Member): number {
    let [low, high] = [0, this.#order.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (before(this.#order[middle] as Member, member) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The first in the order that changed after a second. */
export function firstAfter(order: Order, second: number): number {
  let [low, high] = [0, order.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((order[middle] as Member).last_changed <= second) low = middle + 1;
    else high = middle;
  }
  return low;
}
