import { randomUUID } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import type { Engine } from '../engine/index.ts';
import { catchUpMs, type Evaluated, evaluate, type Incident, type Member, type Outcome } from './evaluate.ts';
import type { Subject } from './subject.ts';
import type { AlertTables } from './tables.ts';
import { contentOf } from './words.ts';

type Db = Kysely<AlertTables>;

/** The same in every process: one looks at a time. */
const lookLock = 7_012_041;
/** Nobody looked for so long: the program was stopped. */
const stoppedAfterMs = 5 * 60_000;
const keptMs = 90 * 86_400_000;

/**
 * Looks at everything that is watched under one name, and writes what became of incidents, together with the messages
 * that tell of it: all of it or nothing.
 * @returns how many messages there are to send; undefined when another process is looking
 */
export async function look(
  engine: Engine,
  watch: string,
  subjectsOf: () => Promise<Subject[]>,
): Promise<number | undefined> {
  const { clock, baseUrl, postgres } = engine;
  return postgres.db
    .withTables<AlertTables>()
    .transaction()
    .execute(async (trx) => {
      const { rows } = await sql<{
        got: boolean;
      }>`SELECT pg_try_advisory_xact_lock(${lookLock}, hashtext(${watch})) AS got`.execute(trx);
      if (!rows[0]?.got) return undefined;
      const subjects = await subjectsOf();
      const now = clock.now();
      const allExcusedUntil = await noteLook(trx, watch, now);
      const excused = await excusedOf(trx, watch);
      const open = await openIncidents(trx, watch);
      const evaluated = evaluate({
        ...{ open, subjects, excused, allExcusedUntil, now },
        newId: randomUUID,
      });
      await writeExcused(trx, watch, excused, evaluated.excused);
      const known = new Map(subjects.map((subject) => [subject.key, subject]));
      return write(trx, evaluated, { watch, subjects: known, baseUrl, now });
    });
}

/** Until when everything is excused, since nothing ran; null: nothing is. */
async function noteLook(trx: Db, watch: string, now: Date): Promise<Date | null> {
  const before = await trx
    .selectFrom('alert_watches')
    .selectAll()
    .where('watch', '=', watch)
    .executeTakeFirst();
  const stopped = !before || now.getTime() - before.looked_at.getTime() > stoppedAfterMs;
  const until = stopped ? new Date(now.getTime() + catchUpMs) : before.excused_until;
  const row = { watch, looked_at: now, excused_until: until };
  await trx
    .insertInto('alert_watches')
    .values(row)
    .onConflict((on) => on.column('watch').doUpdateSet(row))
    .execute();
  return until;
}

async function excusedOf(trx: Db, watch: string): Promise<Map<string, Date | null>> {
  const rows = await trx.selectFrom('alert_excused').selectAll().where('watch', '=', watch).execute();
  return new Map(rows.map(({ subject, until }) => [subject, until]));
}

async function writeExcused(
  trx: Db,
  watch: string,
  before: ReadonlyMap<string, Date | null>,
  after: ReadonlyMap<string, Date | null>,
): Promise<void> {
  const gone = [...before.keys()].filter((key) => !after.has(key));
  const changed = [...after].filter(
    ([key, until]) => !before.has(key) || before.get(key)?.getTime() !== until?.getTime(),
  );
  if (gone.length > 0) {
    await sql`DELETE FROM alert_excused WHERE watch = ${watch} AND subject = ANY(${gone}::text[])`.execute(
      trx,
    );
  }
  if (changed.length === 0) return;
  await sql`
    INSERT INTO alert_excused (watch, subject, until)
    SELECT ${watch}, * FROM unnest(
      ${changed.map(([key]) => key)}::text[], ${changed.map(([, until]) => until)}::timestamptz[])
    ON CONFLICT (watch, subject) DO UPDATE SET until = excluded.until`.execute(trx);
}

async function openIncidents(trx: Db, watch: string): Promise<Incident[]> {
  const rows = await trx
    .selectFrom('alert_incidents')
    .selectAll()
    .where('watch', '=', watch)
    .where('closed_at', 'is', null)
    .orderBy('opened_at')
    .execute();
  if (rows.length === 0) return [];
  const members = await trx
    .selectFrom('alert_members')
    .selectAll()
    .where(
      'incident',
      'in',
      rows.map(({ id }) => id),
    )
    .orderBy('joined_at')
    .orderBy('subject')
    .execute();
  const of = Map.groupBy(members, ({ incident }) => incident);
  return rows.map(
    (row): Incident => ({
      ...{ id: row.id, workspace: row.workspace, key: row.key, kind: row.kind, cause: row.cause },
      ...{ needsPerson: row.needs_person, message: row.message, hint: row.hint },
      ...{ openedAt: row.opened_at, toldAt: row.told_at, wellSince: row.well_since },
      members: new Map(
        (of.get(row.id) ?? []).map((member): [string, Member] => [
          member.subject,
          {
            ...{ subject: member.subject, name: member.name, path: member.path, scope: member.scope },
            ...{ joinedAt: member.joined_at, told: member.told },
            ...{ leftAt: member.left_at, leftHow: member.left_how },
          },
        ]),
      ),
    }),
  );
}

async function write(
  trx: Db,
  { outcomes }: Evaluated,
  needs: Parameters<typeof contentOf>[1],
): Promise<number> {
  const { watch, now } = needs;
  let messages = 0;
  for (const outcome of outcomes) {
    const content = outcome.tell ? contentOf(outcome, needs) : undefined;
    await writeIncident(trx, watch, outcome, content?.title, now);
    await writeMembers(trx, outcome);
    if (!content) continue;
    // A channel that gets nothing through is not given reminders of it on top.
    const { numAffectedRows } = await sql`
      INSERT INTO alert_messages (incident, channel, content, next_attempt_at, created_at)
      SELECT ${outcome.incident.id}, id, ${JSON.stringify(content)}::jsonb, ${now}, ${now} FROM alert_channels AS c
      WHERE workspace = ${outcome.incident.workspace} AND NOT paused AND NOT (${outcome.tell === 'reminder'} AND EXISTS (
        SELECT FROM alert_messages AS m
        WHERE m.incident = ${outcome.incident.id} AND m.channel = c.id AND m.status = 'waiting'))`.execute(
      trx,
    );
    messages += Number(numAffectedRows ?? 0);
  }
  const old = new Date(now.getTime() - keptMs);
  await trx.deleteFrom('alert_incidents').where('watch', '=', watch).where('closed_at', '<', old).execute();
  return messages;
}

async function writeIncident(
  trx: Db,
  watch: string,
  { incident, isNew, closed }: Outcome,
  title: string | undefined,
  now: Date,
): Promise<void> {
  const changing = {
    told_at: incident.toldAt,
    well_since: incident.wellSince,
    closed_at: closed ? now : null,
    ...(title === undefined ? {} : { summary: title }),
  };
  if (isNew) {
    const { id, workspace, key, kind, cause, needsPerson, message, hint, openedAt } = incident;
    const fixed = { id, workspace, watch, key, kind, cause, needs_person: needsPerson, message, hint };
    await trx
      .insertInto('alert_incidents')
      .values({ ...fixed, summary: '', opened_at: openedAt, ...changing })
      .execute();
  } else await trx.updateTable('alert_incidents').set(changing).where('id', '=', incident.id).execute();
}

async function writeMembers(trx: Db, { incident, changed }: Outcome): Promise<void> {
  const rows = [...changed].map((key) => incident.members.get(key)!);
  if (rows.length === 0) return;
  await sql`
    INSERT INTO alert_members (incident, subject, name, path, scope, joined_at, told, left_at, left_how)
    SELECT ${incident.id}::uuid, * FROM unnest(
      ${rows.map(({ subject }) => subject)}::text[], ${rows.map(({ name }) => name)}::text[],
      ${rows.map(({ path }) => path)}::text[], ${rows.map(({ scope }) => scope)}::text[],
      ${rows.map(({ joinedAt }) => joinedAt)}::timestamptz[], ${rows.map(({ told }) => told)}::boolean[],
      ${rows.map(({ leftAt }) => leftAt)}::timestamptz[], ${rows.map(({ leftHow }) => leftHow)}::text[])
    ON CONFLICT (incident, subject) DO UPDATE SET
      name = excluded.name, scope = excluded.scope, joined_at = excluded.joined_at, told = excluded.told,
      left_at = excluded.left_at, left_how = excluded.left_how`.execute(trx);
}
