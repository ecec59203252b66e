import { useCallback, useState } from 'react';

interface Past<T> {
  before: T[];
  now: T;
  after: T[];
  /** When the last change came, so that a word typed is one step. */
  at: number;
  /** How often it was gone back or on. */
  jumps: number;
}

/** Milliseconds between two changes that are still one step. */
const oneStep = 700;
const most = 200;
/** When no change came that the next one could be part of. */
const never = Number.NEGATIVE_INFINITY;

/** A value with the steps it came by: each can be undone, and done again. */
export function useHistory<T>(initial: () => T) {
  const [past, setPast] = useState<Past<T>>(() => ({
    before: [],
    now: initial(),
    after: [],
    at: never,
    jumps: 0,
  }));
  /** `apart`: a step of its own, however soon it comes. */
  const change = useCallback((now: T, apart = false) => {
    const at = performance.now();
    setPast((old) => ({
      before: !apart && at - old.at < oneStep ? old.before : [...old.before.slice(-most), old.now],
      now,
      after: [],
      at: apart ? never : at,
      jumps: old.jumps,
    }));
  }, []);
  const undo = useCallback(
    () =>
      setPast((old) => {
        const last = old.before.at(-1);
        if (last === undefined) return old;
        const after = [old.now, ...old.after];
        return { before: old.before.slice(0, -1), now: last, after, at: never, jumps: old.jumps + 1 };
      }),
    [],
  );
  const redo = useCallback(
    () =>
      setPast((old) => {
        const [next, ...after] = old.after;
        if (next === undefined) return old;
        return { before: [...old.before, old.now], now: next, after, at: never, jumps: old.jumps + 1 };
      }),
    [],
  );
  return {
    now: past.now,
    change,
    jumps: past.jumps,
    undo: past.before.length > 0 ? undo : undefined,
    redo: past.after.length > 0 ? redo : undefined,
  };
}
