import { isForgotten } from './erase.ts';
import { Trouble } from './errors.ts';
import { batches } from './sink.ts';
import type { Counts, SyncOptions } from './sync.ts';

/** Fewer removals are no accident, however few there are; unless nobody is left. */
const fewRemovals = 100;
const someRemovals = 5;
const sampled = 20;

/** @param at before the listing began: who comes back with the same address after it comes later than the removal */
export async function removeUnseen(
  options: SyncOptions,
  listing: number,
  at: Date,
  counts: Counts,
): Promise<void> {
  const { source, records, sinks, signal, removalLimit } = options;
  const where = source.where ?? 'on the list';
  const { held, gone } = await records.unseen(listing);
  const everybody = gone === held && gone > someRemovals;
  if ((everybody && removalLimit < 1) || (gone > fewRemovals && gone > held * removalLimit)) {
    throw new Trouble(
      'removals_held',
      `${gone.toLocaleString('en')} of ${held.toLocaleString('en')} records are no longer ${where}. So many are not removed without a person's word.`,
      {
        hint: `If that is right, confirm the removals; if not, look at what is ${where}. Nothing was removed.`,
      },
    );
  }
  for (;;) {
    signal.throwIfAborted();
    const unseen = await records.unseenIn(listing, 1_000);
    if (unseen.length === 0) return;
    const removals = unseen.map(({ id, before }) => ({
      ...{ id, before },
      // Later than what it was applied with, or it would not count.
      time: new Date(Math.max(at.getTime(), before.appliedAt.getTime() + 1)),
    }));
    for (const sink of sinks) {
      for (const batch of batches(
        removals.filter(({ id }) => !isForgotten(id)),
        sink.batchSize,
      )) {
        const refused = await sink.remove(batch);
        counts.refused += refused.length;
        const letters = refused.map(({ id, reason }) => ({ id, reason, content: {} }));
        if (letters.length > 0) await records.refused(sink.name, 'remove', letters);
      }
    }
    await records.removed(unseen.map(({ id }) => id));
    counts.removed += unseen.length;
  }
}

/** Some records, compared with what the sinks say they hold. */
export async function checkSample({ records, sinks, forgetting }: SyncOptions): Promise<void> {
  const sample = (await records.sample(sampled)).filter(({ before }) => !forgetting.isErased(before.profile));
  for (const sink of sinks) {
    const missing = (await sink.missing?.(sample)) ?? [];
    if (missing.length === 0) continue;
    // They are pulled and applied again as if they were new.
    await records.removed(missing);
    throw new Trouble(
      'counts_disagree',
      `${missing.length} of ${sample.length} records looked at are not in ${sink.name} as they were applied.`,
      { hint: 'They are applied again by the next run.' },
    );
  }
}
