import { sql } from 'kysely';
import { Problem } from '../../engine/index.ts';
import { type Happening, type HappeningNeeds, noteHappenings } from '../happenings.ts';
import { isMachineAgent } from '../tracking_machines.ts';
import type { Unsubscribing } from '../unsubscribe.ts';
import type { Told } from './told.ts';

export interface ReceiveNeeds extends HappeningNeeds {
  unsubscribing: Pick<Unsubscribing, 'tell' | 'leave'>;
}

/** Written together at most; whoever tells more at once waits for the next turn. */
const most = 2_000;
/** What a provider tells of an email this soon may have overtaken its own answer. */
const overtakesForMs = 30_000;

/** What providers tell of the emails of their accounts, written down. */
export function createReceiving(needs: ReceiveNeeds) {
  const note = together((happenings: Happening[]) => noteHappenings(needs, happenings));

  /** The rows of this account and no other that are told about: by our own id, else by the provider's. */
  async function find(account: string, told: readonly Told[]) {
    const emails = told.flatMap(({ email }) => email ?? []);
    const theirs = told.flatMap(({ email, providerId }) => (email ? [] : (providerId ?? [])));
    const { rows } = await sql<{ id: string; provider_id: string | null; status: string }>`
      SELECT id, provider_id, status FROM emails WHERE account = ${account} AND id = ANY(${emails}::uuid[])
      UNION ALL
      SELECT id, provider_id, status FROM emails WHERE account = ${account} AND provider_id = ANY(${theirs}::text[])`.execute(
      needs.db,
    );
    const known = new Map(
      rows.flatMap((row) => [[row.id, row] as const, [row.provider_id ?? '', row] as const]),
    );
    return ({ email, providerId }: Told) => known.get(email ?? providerId ?? '');
  }

  /** Whether something is being handed to the provider at this moment, so that its id is not known yet. */
  async function isSending(account: string): Promise<boolean> {
    const { rows } = await sql`
      SELECT FROM emails WHERE account = ${account} AND status = 'sending' LIMIT 1`.execute(needs.db);
    return rows.length > 0;
  }

  /**
   * Resolves when all of it is durable. What is about none of our emails is passed over: others may use the same account.
   * @throws Problem 503 when one is told of that may be ours and whose id at the provider was not written yet
   */
  return async (account: string, told: readonly Told[]): Promise<void> => {
    if (told.length === 0) return;
    const rowOf = await find(account, told);
    const ours = told.flatMap((one) => {
      const row = rowOf(one);
      return row ? [{ ...one, email: row.id, status: row.status }] : [];
    });
    // What the provider refused at once failed by our ledger too, and never was under way.
    await note(
      ours.flatMap((one) => (one.kind === 'rejected' && one.status === 'failed' ? [] : happeningOf(one))),
    );
    for (const { kind, email } of ours) if (kind === 'unsubscribed') await needs.unsubscribing.leave(email);

    const now = needs.engine.clock.now().getTime();
    const mayBeOurs = told.some(
      (one) => !rowOf(one) && !one.email && one.takenAt && now - one.takenAt.getTime() < overtakesForMs,
    );
    if (mayBeOurs && (await isSending(account))) {
      throw new Problem(503, 'not_yet', 'This email may be one that is being sent at this moment.', {
        retryAfter: 20,
      });
    }
  };
}

function happeningOf({
  kind,
  userAgent,
  providerId,
  takenAt,
  ...told
}: Told & { email: string }): Happening[] {
  if (kind === 'unsubscribed') return [];
  if (kind === 'rejected') return [{ ...told, kind: 'bounced', permanent: false }];
  const isAgent = kind === 'opened' || kind === 'clicked';
  // Told of no program at all, the provider's word that it was opened stands.
  return [{ ...told, kind, machine: isAgent && userAgent !== undefined && isMachineAgent(userAgent) }];
}

/**
 * What comes while one call runs shares the next: providers tell of each email by a request of its own, and a transaction for each
 * would be most of the work.
 */
function together<T>(run: (items: T[]) => Promise<unknown>) {
  const waiting: { items: T[]; done: () => void; failed: (error: unknown) => void }[] = [];
  let running = false;

  async function go() {
    if (running) return;
    running = true;
    while (waiting.length > 0) {
      const group: typeof waiting = [];
      for (let size = 0; waiting.length > 0 && size < most; ) {
        const next = waiting.shift()!;
        group.push(next);
        size += next.items.length;
      }
      try {
        await run(group.flatMap(({ items }) => items));
        for (const { done } of group) done();
      } catch (error) {
        for (const { failed } of group) failed(error);
      }
    }
    running = false;
  }

  return (items: T[]): Promise<void> =>
    items.length === 0
      ? Promise.resolve()
      : new Promise((done, failed) => {
          waiting.push({ items, done, failed });
          void go();
        });
}
