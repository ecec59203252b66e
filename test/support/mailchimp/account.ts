import { MailchimpList, type MergeField, md5 } from './list.ts';

export interface AccountOptions {
  /** Ends with a dash and the data centre. */
  key?: string;
  dc?: string;
}

/** An account: one API key and its audiences. */
export class Account {
  key: string;
  /** 401 from now on; `restore` takes it back. */
  revoked = false;
  /** 403 from now on. */
  disabled = false;
  #now: () => number;
  #lists = new Map<string, MailchimpList>();

  constructor({
    dc = 'us21',
    serial = 0,
    now,
    key,
  }: AccountOptions & { serial?: number; now: () => number }) {
    this.key = key ?? `${md5(`account ${serial}`)}-${dc}`;
    this.#now = now;
  }

  get dc(): string {
    return this.key.slice(this.key.lastIndexOf('-') + 1);
  }

  addList({
    id,
    name,
    mergeFields,
  }: {
    id?: string;
    name?: string;
    mergeFields?: MergeField[];
  } = {}): MailchimpList {
    const listId = id ?? md5(`${this.key} ${this.#lists.size}`).slice(0, 10);
    const list = new MailchimpList({
      id: listId,
      name: name ?? `Audience ${listId}`,
      now: this.#now,
      ...(mergeFields ? { mergeFields } : {}),
    });
    this.#lists.set(list.id, list);
    return list;
  }

  /** 404 from now on. */
  deleteList(id: string): void {
    this.#lists.delete(id);
  }

  list(id: string): MailchimpList | undefined {
    return this.#lists.get(id);
  }

  lists(): MailchimpList[] {
    return [...this.#lists.values()];
  }

  revoke(): void {
    this.revoked = true;
  }

  restore(): void {
    this.revoked = false;
  }
}
