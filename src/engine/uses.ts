import { Problem } from './problem.ts';

/** Names what uses one of these things, e.g. `the campaign "Win back"`; nothing when they may be removed. */
export type DeleteGuard = (workspace: string, ids: readonly string[]) => Promise<readonly string[]>;

/** What uses the things of one kind: they stay as long as anything does. */
export interface Uses {
  /** Adds a reason why one may not be removed. */
  add(guard: DeleteGuard): void;
  /** @throws Problem 409 `<what>_in_use`, naming all that uses one of these */
  check(workspace: string, ids: readonly string[]): Promise<void>;
}

/**
 * @param what the kind of thing, as its problem calls it: `segment`
 * @param hint how to make it free
 */
export function createUses(what: string, hint = 'Change or remove what uses it first.'): Uses {
  const guards: DeleteGuard[] = [];
  return {
    add: (guard) => void guards.push(guard),
    async check(workspace, ids) {
      const uses = (await Promise.all(guards.map((guard) => guard(workspace, ids)))).flat();
      if (uses.length === 0) return;
      throw new Problem(409, `${what}_in_use`, `The ${what} is used by ${uses.join(', ')}.`, { hint });
    },
  };
}
