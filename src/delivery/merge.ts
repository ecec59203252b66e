import { Parser } from 'htmlparser2';
import { sql } from 'kysely';
import type { AnyDb, AnyTransaction, Claimed } from './ledger.ts';
import type { RenderedEmail } from './providers/index.ts';

/** An email whose content goes out with another one. */
export interface Companion
  extends Pick<Claimed, 'id' | 'profile' | 'campaign_name' | 'template' | 'parameters'> {
  merged_into: string;
}

/**
 * Of emails that may be merged each person gets one: of those just claimed the first, which takes along what else is queued for
 * this person in the same account and for the same program, whose consents and sender it has, due or not. What it takes along is `merged` from then on, whatever becomes of it; but an email
 * that was tried before takes nothing more, as it may be there already as it is.
 * @returns the claimed ones that are left
 */
export async function takeAlong(
  trx: AnyTransaction,
  account: string,
  claimed: readonly Claimed[],
  now: Date,
): Promise<Claimed[]> {
  const merging = claimed.filter(({ merges, attempts }) => merges && attempts === 1);
  if (merging.length === 0) return [...claimed];
  const ids = merging.map(({ id }) => id);
  const { rows } = await sql<{ id: string }>`
    WITH leaders AS (
      SELECT DISTINCT ON (profile, program) id, profile, program FROM emails WHERE id = ANY(${ids}::uuid[])
      ORDER BY profile, program, id
    )
    UPDATE emails AS e
    SET status = 'merged', merged_into = l.id, worker = NULL, sending_at = NULL, attempts = 0
    FROM leaders AS l
    WHERE e.account = ${account} AND e.profile = l.profile AND e.program IS NOT DISTINCT FROM l.program AND e.merges
      AND e.id <> l.id
      AND (e.id = ANY(${ids}::uuid[])
        OR e.status = 'queued' AND e.attempts = 0 AND (e.closes_at IS NULL OR e.closes_at > ${now})
          AND NOT EXISTS (SELECT FROM email_queues AS q WHERE q.account = e.account AND q.campaign = e.campaign AND q.held))
    RETURNING e.id`.execute(trx);
  const merged = new Set(rows.map(({ id }) => id));
  return claimed.filter(({ id }) => !merged.has(id));
}

/** What goes out with these emails, by the email it goes with. */
export async function companionsOf(db: AnyDb, rows: readonly Claimed[]): Promise<Map<string, Companion[]>> {
  const ids = rows.flatMap(({ id, merges }) => (merges ? id : []));
  if (ids.length === 0) return new Map();
  const { rows: found } = await sql<Companion>`
    SELECT id, profile, campaign_name, template, parameters, merged_into FROM emails
    WHERE merged_into = ANY(${ids}::uuid[]) ORDER BY id`.execute(db);
  return Map.groupBy(found, ({ merged_into }) => merged_into);
}

const longestSubject = 150;
const between = '<hr style="border:0;border-top:1px solid #ccc;margin:24px 0">';

/** One email of several for one person: the first, with what the others say after what it says. */
export function joinEmails(first: RenderedEmail, others: readonly RenderedEmail[]): RenderedEmail {
  if (others.length === 0) return first;
  const all = [first, ...others];
  const subjects = [...new Set(all.map(({ subject }) => subject))].join(' · ');
  return {
    ...first,
    subject:
      subjects.length > longestSubject ? `${subjects.slice(0, longestSubject - 1).trimEnd()}…` : subjects,
    html: joinHtml(
      first.html,
      others.map(({ html }) => html),
    ),
    text: all.map(({ text }) => text.trim()).join('\n\n* * *\n\n'),
  };
}

/** Bodies after each other, in the first document; the styles of all in its head. */
function joinHtml(first: string, others: readonly string[]): string {
  const parts = others.map(partsOf);
  const styles = parts.flatMap(({ styles }) => styles).join('\n');
  const bodies = parts.map(({ body }) => `\n${between}\n${body}`).join('');
  const at = partsOf(first);
  const end = at.bodyEnd ?? first.length;
  const withBodies = first.slice(0, end) + bodies + first.slice(end);
  if (!styles) return withBodies;
  return at.headEnd === undefined
    ? `${styles}\n${withBodies}`
    : withBodies.slice(0, at.headEnd) + styles + withBodies.slice(at.headEnd);
}

interface HtmlParts {
  body: string;
  styles: string[];
  /** Where the closing tags begin. */
  headEnd?: number;
  bodyEnd?: number;
}

/** Where a document's body is, and its styles; without a body the whole text is one. */
function partsOf(html: string): HtmlParts {
  const styles: string[] = [];
  let bodyStart: number | undefined;
  let bodyEnd: number | undefined;
  let headEnd: number | undefined;
  let styleStart: number | undefined;
  const parser = new Parser({
    onopentag(name) {
      if (name === 'body') bodyStart ??= parser.endIndex + 1;
      if (name === 'style' && bodyStart === undefined) styleStart = parser.startIndex;
    },
    onclosetag(name, implied) {
      if (name === 'style' && styleStart !== undefined) {
        styles.push(html.slice(styleStart, parser.endIndex + 1));
        styleStart = undefined;
      }
      if (implied) return;
      if (name === 'head') headEnd ??= parser.startIndex;
      if (name === 'body') bodyEnd = parser.startIndex;
    },
  });
  parser.end(html);
  const body = html.slice(bodyStart ?? 0, bodyEnd ?? html.length);
  return {
    // Without a head its styles stand in the text itself.
    ...{ body, styles: bodyStart === undefined ? [] : styles },
    ...(headEnd !== undefined && { headEnd }),
    ...(bodyEnd !== undefined && { bodyEnd }),
  };
}
