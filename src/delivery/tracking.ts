import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { createLoop } from '../engine/index.ts';
import { type Happening, type HappeningNeeds, noteHappenings } from './happenings.ts';

/** A picture that was fetched or a link that was followed. */
interface Seen {
  email: string;
  at: Date;
  /** What was clicked; undefined for an opening. */
  url?: string | undefined;
  /** As far as the request itself tells. */
  machine: boolean;
}

/** Nobody reads an email and clicks within this time; scanners follow links as an email arrives. */
const tooSoonMs = 2_000;
/** Different links of one email within this time were followed by a program. */
const atOnceMs = 1_000;
const everyMs = 500;
/** In one statement, and in all: what comes while the database is away is kept so far. */
const most = 2_000;
const mostWaiting = 100_000;

/**
 * Takes note of openings and clicks, many together and behind the answer: nobody's link waits for the database. What is
 * noted lies here for a second, in which it shows whether one person clicked or a program followed all links; a process that
 * is killed loses that second.
 */
export function createTracking(needs: HappeningNeeds) {
  const { engine, db } = needs;
  let waiting: Seen[] = [];
  /** Clicks noted already that may still tell of others that they are a program's. */
  let before: Seen[] = [];
  let dropped = 0;

  const loop = createLoop({
    name: 'delivery tracking',
    everyMs,
    log: engine.log,
    run: async () => {
      if (dropped > 0) engine.log.warn({ dropped }, 'openings and clicks were dropped: too many wait');
      dropped = 0;
      return note(new Date(engine.clock.now().getTime() - atOnceMs));
    },
  });

  /** @returns whether more waits that is as old */
  async function note(until: Date): Promise<boolean> {
    const due = waiting.filter(({ at }) => at <= until).slice(0, most);
    if (due.length === 0) return false;
    const programs = followedTogether([...before, ...waiting]);
    const { rows } = await sql<{ id: string; opens: boolean; clicks: boolean; sent: Date | null }>`
      SELECT e.id, a.track_opens AS opens, a.track_clicks AS clicks, coalesce(e.sent_at, e.sending_at) AS sent
      FROM emails AS e JOIN accounts AS a ON a.id = e.account
      WHERE e.id = ANY(${[...new Set(due.map(({ email }) => email))]}::uuid[])`.execute(db);
    const emails = new Map(rows.map((row) => [row.id, row]));
    await noteHappenings(
      needs,
      due.flatMap((seen) => {
        const email = emails.get(seen.email);
        // Nothing is noted any more once an account stopped tracking, though its old emails ask to be.
        if (!email || !(seen.url === undefined ? email.opens : email.clicks)) return [];
        const soon = email.sent !== null && seen.at.getTime() - email.sent.getTime() < tooSoonMs;
        const machine = seen.machine || (seen.url !== undefined && (soon || programs.has(seen)));
        return [happening({ ...seen, machine })];
      }),
    );
    const noted = new Set(due);
    waiting = waiting.filter((seen) => !noted.has(seen));
    before = [...before, ...due].filter(
      ({ at, url }) => url !== undefined && until.getTime() - at.getTime() <= atOnceMs,
    );
    return due.length === most;
  }

  return {
    saw(seen: Omit<Seen, 'at'>): void {
      if (waiting.length < mostWaiting) waiting.push({ ...seen, at: engine.clock.now() });
      else dropped += 1;
    },
    start: () => loop.start(),
    /** Notes what lies here. */
    async stop(): Promise<void> {
      await loop.stop();
      await this.drain().catch((err: unknown) =>
        engine.log.error({ err, lost: waiting.length }, 'openings and clicks could not be noted'),
      );
    },
    /** Notes all that was seen so far. */
    async drain(): Promise<void> {
      while (await note(engine.clock.now()));
    },
  };
}
export type Tracking = ReturnType<typeof createTracking>;

/** Clicks that have another link of the same email beside them. */
function followedTogether(all: readonly Seen[]): Set<Seen> {
  const clicks = new Map<string, Seen[]>();
  for (const seen of all) {
    if (seen.url === undefined) continue;
    const known = clicks.get(seen.email);
    if (known) known.push(seen);
    else clicks.set(seen.email, [seen]);
  }
  const together = new Set<Seen>();
  for (const list of clicks.values()) {
    // In the order they came, which is that of time.
    for (const [i, one] of list.entries()) {
      for (const other of list.slice(i + 1)) {
        if (other.at.getTime() - one.at.getTime() >= atOnceMs) break;
        if (other.url !== one.url) together.add(one).add(other);
      }
    }
  }
  return together;
}

/** The same again within a minute is one: clients fetch a picture as often as they show it. */
function happening({ email, at, url, machine }: Seen): Happening {
  const minute = Math.floor(at.getTime() / 60_000);
  const by = machine ? 'machine' : 'person';
  if (url === undefined) return { email, kind: 'opened', at, machine, key: `seen:${minute}:${by}` };
  const link = createHash('sha256').update(url).digest('base64url').slice(0, 22);
  return { email, kind: 'clicked', at, machine, url, key: `followed:${link}:${minute}:${by}` };
}
