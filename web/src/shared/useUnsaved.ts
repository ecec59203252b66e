import { useBlocker } from '@tanstack/react-router';

/** Asks before leaving a page whose changes are not saved. */
export function useUnsaved(dirty: boolean) {
  useBlocker({
    shouldBlockFn: ({ current, next }) =>
      dirty &&
      current.pathname !== next.pathname &&
      !window.confirm('Leave without saving? What you changed here is lost.'),
    enableBeforeUnload: dirty,
  });
}
