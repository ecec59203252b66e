import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { table } from '../src/cli/output.ts';
import { accountHash } from '../src/connections/define.ts';
import { nextRun } from '../src/connections/schedule.ts';
import { sourceOf } from '../src/connections/sources/index.ts';
import type { Running } from '../src/rapport.ts';
import { mailchimpProcess } from '../test/support/stand-ins.ts';

const connections = Number(process.env.RAPPORT_BENCH_CONNECTIONS ?? 10_000);
const seconds = Number(process.env.RAPPORT_BENCH_SECONDS ?? 90);
const hourly = { every_seconds: 3_600, cron: null };
const ticksPerSecond = 100;

/**
 * Many connections, hourly, as they are in the middle of any day: each was synced before, each runs at its own moment
 * of the hour, and one in a hundred has a change. What the processor does beyond idling is theirs.
 */
export async function many(running: Running, dataDir: string): Promise<void> {
  const mailchimp = await mailchimpProcess(['--lists', String(connections), '--members', '1']);
  process.env.RAPPORT_MAILCHIMP_URL = mailchimp.said.RAPPORT_MAILCHIMP_URL;
  try {
    const idle = await used(dataDir, Math.min(20, seconds));
    await fill(running, mailchimp.said.key!);
    const { db } = running.engine.postgres;
    for (let n = 1; n < connections; n += 100) await mailchimp.order({ list: `main${n + 1}`, touch: 1 });
    const began = new Date();
    const busy = await used(dataDir, seconds);
    const { rows } = await sql<{ status: string; kind: string; n: number; late: number }>`
      SELECT status, kind, count(*) AS n, coalesce(max(extract(epoch FROM finished_at - started_at)), 0)::float8 AS late
      FROM connection_runs WHERE started_at >= ${began} GROUP BY 1, 2 ORDER BY 1, 2`.execute(db);
    const runs = rows.reduce((sum, { n }) => sum + n, 0);
    const share = (n: number) => `${(100 * n).toFixed(1)} %`;
    console.log(
      `${connections} connections hourly, ${seconds} s of it: ${runs} runs (${(runs / seconds).toFixed(2)} a second)`,
    );
    console.log(
      rows
        .map(({ n, kind, status, late }) => `  ${n} ${kind} ${status}, longest ${late.toFixed(2)} s`)
        .join('\n'),
    );
    console.log(
      `\n${table([
        ['of one core', 'idle', 'with them', 'more', 'wanted'],
        ['Rapport', share(idle.own), share(busy.own), share(busy.own - idle.own), 'together'],
        [
          'PostgreSQL',
          share(idle.postgres),
          share(busy.postgres),
          share(busy.postgres - idle.postgres),
          'under 50 %',
        ],
      ])}\n`,
    );
    await histogram(running);
  } finally {
    await mailchimp.stop();
  }
}

/** As if each had been synced within the last hour. */
async function fill({ engine, rooms }: Running, key: string): Promise<void> {
  const { db } = engine.postgres;
  const workspace = (await rooms.access.workspaces.list())[0]!.id;
  const credentials = engine.secrets.seal(JSON.stringify({ key }));
  const account = accountHash(sourceOf('mailchimp')!, {}, { key });
  const now = new Date();
  const mapping = {
    identity: 'email_address',
    fields: [{ field: 'merge_fields.FNAME', attribute: 'first_name' }],
  };
  const sinks = [{ kind: 'profiles', membership: 'on_list' }];
  const { rows } = await sql<{ id: string }>`
    INSERT INTO connections (workspace, name, kind, settings, credentials, account, mapping, sinks, every_seconds,
      cursor, in_sync_as_of, synced_at, last_full_at, listing, next_run_at, created_at, updated_at)
    SELECT ${workspace}, 'c' || n, 'mailchimp', jsonb_build_object('list', 'main' || CASE WHEN n = 1 THEN '' ELSE n::text END),
      ${credentials}, ${account}, ${JSON.stringify(mapping)}::jsonb, ${JSON.stringify(sinks)}::jsonb, 3600,
      ${JSON.stringify({ since: now.toISOString() })}::jsonb, ${now}, ${now}, ${now}, 1, ${now}::timestamptz + interval '1 day', ${now}, ${now}
    FROM generate_series(1, ${connections}::integer) AS n RETURNING id`.execute(db);
  await sql`
    INSERT INTO connection_records (connection, record, hash, profile, listed, attributes, applied_at, seen)
    SELECT id, md5((settings->>'list') || ':1'), '\\x01', 'person0@example.com', true, '{}', ${now}, 1 FROM connections`.execute(
    db,
  );
  const times = rows.map(({ id }) => nextRun(id, hourly, 'UTC', now));
  await sql`
    UPDATE connections AS c SET next_run_at = given.at
    FROM unnest(${rows.map(({ id }) => id)}::uuid[], ${times}::timestamptz[]) AS given (id, at) WHERE c.id = given.id`.execute(
    db,
  );
  await sql`ANALYZE connections`.execute(db);
}

/** Shares of one core that this process and its database used over so many seconds. */
async function used(dataDir: string, over: number): Promise<{ own: number; postgres: number }> {
  const [cpu, ticks, started] = [process.cpuUsage(), ticksOf(dataDir), performance.now()];
  await sleep(over * 1_000);
  const took = (performance.now() - started) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  return {
    own: (user + system) / 1e6 / took,
    postgres: (ticksOf(dataDir) - ticks) / ticksPerSecond / took,
  };
}

/** Processor time of the database server, its processes and those that ended, from /proc (Linux). */
function ticksOf(dataDir: string): number {
  const server = Number(readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]);
  let sum = 0;
  for (const pid of readdirSync('/proc').map(Number).filter(Number.isInteger)) {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /, '')
        .split(' ')
        .map(Number);
      const [parent, ...times] = [fields[1]!, fields[11]!, fields[12]!, fields[13]!, fields[14]!];
      if (pid === server) sum += times.reduce((a, b) => a + b, 0);
      else if (parent === server) sum += times[0]! + times[1]!;
    } catch {
      // It ended meanwhile.
    }
  }
  return sum;
}

/** When they start: every connection's moment of the hour. */
async function histogram({ engine }: Running): Promise<void> {
  const { rows } = await sql<{ slot: number; n: number }>`
    SELECT floor(extract(minute FROM next_run_at) / 5)::integer AS slot, count(*) AS n
    FROM connections GROUP BY slot ORDER BY slot`.execute(engine.postgres.db);
  console.log(`Starts by minute of the hour; even would be ${Math.round(connections / 12)} each`);
  for (const { slot, n } of rows) {
    console.log(
      `  :${String(slot * 5).padStart(2, '0')}  ${String(n).padStart(5)}  ${'█'.repeat(Math.round((n * 40 * 12) / connections / 1.5))}`,
    );
  }
}
