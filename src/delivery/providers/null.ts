import type { Provider } from './provider.ts';

/**
 * Takes every email and keeps nothing: for benchmarks of everything that comes before a provider. Emails are handed
 * over one by one, as to a provider that is called for each.
 */
export const nullProvider = (): Provider => ({
  concurrency: 1_000,
  batch: 2_000,
  batches: 2,
  send: async () => ({}),
  close() {},
});
