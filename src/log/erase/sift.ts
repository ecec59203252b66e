import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import type { LogMessage } from '../schema.ts';

/**
 * Knows the ids of erased people by their keyed hashes, and finds messages about them. Without the secret the hashes
 * tell nothing, and an id that is only guessed cannot be looked up in a copy of the database.
 */
export class Sift {
  readonly #keys: readonly KeyObject[];
  #erased = new Map<string, Set<string>>();

  /** @param keys the newest first: those before it made hashes that are kept */
  constructor(keys: readonly Buffer[]) {
    this.#keys = keys.map((key) => createSecretKey(key));
  }

  /** By every key; an id is erased when one of them is known, and the first is the one to keep. */
  hashes(workspace: string, id: string): string[] {
    return this.#keys.map((key) =>
      createHmac('sha256', key).update(`${workspace}\0${id}`).digest('base64url'),
    );
  }

  /** Replaces all that is known. */
  set(rows: readonly { workspace: string; hash: string }[]): void {
    const erased = new Map<string, Set<string>>();
    for (const { workspace, hash } of rows) {
      const hashes = erased.get(workspace) ?? new Set();
      erased.set(workspace, hashes.add(hash));
    }
    this.#erased = erased;
  }

  /** Those that may be taken; the very same array when all may, which is nearly always. */
  wanted(messages: readonly LogMessage[]): readonly LogMessage[] {
    if (this.#erased.size === 0) return messages;
    const wanted = messages.filter((message) => !this.#isErased(message));
    return wanted.length === messages.length ? messages : wanted;
  }

  #isErased({ workspace, message }: LogMessage): boolean {
    const hashes = this.#erased.get(workspace);
    if (!hashes) return false;
    const known = (id: unknown) =>
      typeof id === 'string' && id !== '' && this.hashes(workspace, id).some((hash) => hashes.has(hash));
    // Properties may have such names too, so what is found is looked at again; parsing every message would cost more.
    let found = false;
    for (const [, text] of message.matchAll(mentioned)) found ||= known(parsed(text as string));
    if (!found) return false;
    const { userId, anonymousId, previousId } = (parsed(message) ?? {}) as Record<string, unknown>;
    return known(userId || anonymousId) || known(previousId);
  }
}

const mentioned = /"(?:userId|anonymousId|previousId)"\s*:\s*("(?:[^"\\]|\\.)*")/g;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
