import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import type { Collect } from '../collect/index.ts';
import { text } from '../delivery/index.ts';
import { type Engine, Problem, id as uuid } from '../engine/index.ts';
import { type Rule, ruleFromLoyaltyTarget, type Segments } from '../segments/index.ts';
import type { Campaigns } from './index.ts';

type Tables = {
  loyalty_documents: {
    workspace: string;
    source: string;
    id: string;
    segment: string | null;
    received_at: Date;
    claimed_at: Date | null;
  };
};
type Key = Pick<Tables['loyalty_documents'], 'workspace' | 'source' | 'id'>;

/** A claim this old was left by a process that was killed: making a segment takes milliseconds. */
const claimRunsOutMs = 60_000;
/** How long a document waits for the same one that came at the same moment. */
const patienceMs = 10_000;

/** The part of a loyalty campaign document that is understood; the rest is kept out of the way. */
const document = z.looseObject({
  name: text().trim().min(1).max(200).optional(),
  target: z.record(z.string(), z.unknown()),
  /** A campaign whose trigger is a document: those the target means enter it. */
  campaign: uuid.optional(),
  /** For its templates: {{ entry.… }} */
  parameters: z.record(z.string(), z.unknown()).optional(),
});

/** What documents ask of campaigns. */
type Entering = Pick<Campaigns, 'takesDocuments' | 'enterByDocument'>;

/**
 * Has CloudEvents whose type ends in `.loyalty.campaign` make a segment of the people their `target` means:
 * `{"last_order_date": "2020-01-01T00:00:00Z", "gross_spent": "50"}` is who ordered after that instant and spent
 * over 50. The same document again (same source and id) answers with the segment made before. Where it names a campaign, these
 * people enter it.
 */
export function takeLoyaltyCampaigns(
  engine: Engine,
  { collect, segments, campaigns }: { collect: Collect; segments: Segments; campaigns: Entering },
): void {
  const db = engine.postgres.db.withTables<Tables>();
  collect.onCloudEvent('.loyalty.campaign', async (workspace, event) => {
    for (const field of ['id', 'source'] as const) {
      if (!event[field].includes('\0')) continue;
      throw new Problem(400, 'bad_loyalty_campaign', `${field}: must not contain the character NUL`, {
        field,
      });
    }
    const parsed = document.safeParse(event.data);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      const field = ['data', ...(issue?.path ?? [])].join('.');
      throw new Problem(400, 'bad_loyalty_campaign', `${field}: ${issue?.message}`, { field });
    }
    const { name = text().parse(`Loyalty campaign ${event.id}`), target, campaign, parameters } = parsed.data;
    const rule = ruleFromLoyaltyTarget(target);
    const key = { workspace: workspace.id, source: event.source, id: event.id };
    if (campaign) await campaigns.takesDocuments(workspace.id, campaign);
    const segment = await segmentOf(key, { name, rule });
    if (!campaign) return { segment };
    const arrival = `document:${event.source} ${event.id}`;
    await campaigns.enterByDocument(workspace.id, campaign, { arrival, segment, parameters });
    return { segment, campaign };
  });

  /** The segment of a document, made once. */
  async function segmentOf(key: Key, given: { name: string; rule: Rule }): Promise<string> {
    for (const patient = performance.now() + patienceMs; ; await pause(50)) {
      const known = await read(db, key);
      if (known?.segment) return known.segment;
      const at = engine.clock.now();
      if (await claim(db, key, at)) {
        return make(key, at, known?.received_at, given);
      }
      if (performance.now() < patient) continue;
      throw new Problem(503, 'document_in_progress', 'The same document is being taken in at this moment.', {
        retryAfter: claimRunsOutMs / 1_000,
      });
    }
  }

  /**
   * The segment of a document claimed at this time. No transaction: it would hold a connection while the segment
   * wants another. So a kill in between is made good here: a segment made for an earlier claim is taken.
   * @param since when the document first came, if that was before
   */
  async function make(key: Key, at: Date, since: Date | undefined, given: { name: string; rule: Rule }) {
    try {
      const left = since && (await leftBehind(db, segments, key, since, given));
      const segment = left ?? (await segments.create(key.workspace, given)).id;
      await db
        .updateTable('loyalty_documents')
        .set({ segment, claimed_at: null })
        .where(matches(key))
        .where('claimed_at', '=', at)
        .execute();
      return segment;
    } catch (error) {
      // So that the next delivery need not wait; when this fails too, the claim runs out.
      await db
        .updateTable('loyalty_documents')
        .set({ claimed_at: null })
        .where(matches(key))
        .where('claimed_at', '=', at)
        .execute()
        .catch(() => {});
      throw error;
    }
  }
}

const matches = ({ workspace, source, id }: Key) =>
  sql<boolean>`workspace = ${workspace} AND source = ${source} AND id = ${id}`;

const read = (db: Kysely<Tables>, key: Key) =>
  db
    .selectFrom('loyalty_documents')
    .select(['segment', 'received_at'])
    .where(matches(key))
    .executeTakeFirst();

/** @returns whether it is ours to make the segment */
async function claim(db: Kysely<Tables>, { workspace, source, id }: Key, at: Date): Promise<boolean> {
  const { numAffectedRows } = await sql`
    INSERT INTO loyalty_documents AS d (workspace, source, id, received_at, claimed_at)
    VALUES (${workspace}, ${source}, ${id}, ${at}, ${at})
    ON CONFLICT (workspace, source, id) DO UPDATE SET claimed_at = ${at}
    WHERE d.segment IS NULL
      AND (d.claimed_at IS NULL OR d.claimed_at <= ${new Date(at.getTime() - claimRunsOutMs)})`.execute(db);
  return (numAffectedRows ?? 0n) > 0n;
}

/** A segment as the document wants it that no document has, made since then: a kill came before it was written down. */
async function leftBehind(
  db: Kysely<Tables>,
  segments: Pick<Segments, 'list'>,
  { workspace }: Key,
  since: Date,
  { name, rule }: { name: string; rule: Rule },
): Promise<string | undefined> {
  const rows = await db
    .selectFrom('loyalty_documents')
    .select('segment')
    .where('workspace', '=', workspace)
    .where('segment', 'is not', null)
    .execute();
  const taken = new Set(rows.map(({ segment }) => segment));
  const made = (await segments.list(workspace)).find(
    (segment) =>
      segment.name === name &&
      !taken.has(segment.id) &&
      Date.parse(segment.created_at) >= since.getTime() &&
      isDeepStrictEqual(segment.rule, rule),
  );
  return made?.id;
}
