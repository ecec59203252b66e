import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { table } from '../src/cli/output.ts';
import type { ShownConnection, ShownRun } from '../src/connections/index.ts';
import { type Running, startRapport } from '../src/rapport.ts';
import { type MailchimpProcess, mailchimpProcess } from '../test/support/stand-ins.ts';
import { many } from './sync.many.ts';

const members = Number(process.env.RAPPORT_BENCH_MEMBERS ?? 100_000);
const changes = 2_500;
const count = (n: number) => Math.round(n).toLocaleString('en');

/** What syncing costs: calls, bytes, time and memory of one large list; the processor of many small ones. */
export async function run(): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'rapport-bench-'));
  process.env.RAPPORT_ALLOW_INTERNAL = '1';
  const log = pino({ level: 'error' });
  const running = await startRapport({ dataDir, host: '127.0.0.1', port: 0, log });
  console.log(
    `${cpus().length} cores (${cpus()[0]?.model}), load ${loadavg()[0]?.toFixed(1)}; the stand-in runs on them too\n`,
  );
  try {
    await large(running);
    await many(running, dataDir);
  } finally {
    await running.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
  console.log(`\nload ${loadavg()[0]?.toFixed(1)} at the end`);
}

async function large(running: Running): Promise<void> {
  const mailchimp = await mailchimpProcess(['--members', String(members)]);
  process.env.RAPPORT_MAILCHIMP_URL = mailchimp.said.RAPPORT_MAILCHIMP_URL;
  try {
    const rows: string[][] = [['', 'measured', 'wanted']];
    const workspace = (await running.rooms.access.workspaces.list())[0]!.id;
    const { connections } = running.rooms;
    const memory = watchMemory();
    const { id } = await connections.create(workspace, {
      name: 'Large',
      // Nothing runs but what is measured.
      schedule: { every_seconds: 7 * 86_400 },
      kind: 'mailchimp',
      settings: { list: 'main' },
      credentials: { key: mailchimp.said.key },
    });
    const first = await ended(() => connections.get(workspace, id));
    const grown = memory.stop();
    rows.push(
      [`first sync of ${count(members)}`, `${seconds(first)} s, ${first.status}`, 'under 30 s'],
      ['  calls', count(first.calls), `at most ${Math.ceil(members / 1_000) + 2}`],
      ['  bytes over the wire', count(first.bytes), ''],
      [
        '  memory, at most more',
        `${megabytes(grown.resident)}, of it JavaScript's ${megabytes(grown.script)}`,
        'under 100 MB',
      ],
    );
    rows.push(...(await unchanged(running, workspace, id, mailchimp)));
    await mailchimp.order({ list: 'main', touch: changes });
    await connections.run(workspace, id, false);
    const some = await ended(() => connections.get(workspace, id));
    await connections.run(workspace, id, true);
    const whole = await ended(() => connections.get(workspace, id));
    rows.push(
      [`${count(changes)} changes`, `${seconds(some)} s, ${count(some.changed)} changed`, ''],
      ['  calls', count(some.calls), `at most ${1 + Math.ceil(changes / 1_000) + 1}`],
      [
        '  bytes against reading all',
        `${((100 * some.bytes) / whole.bytes).toFixed(1)} %`,
        `${((100 * changes) / members).toFixed(1)} % of all changed`,
      ],
      [
        'everybody read, nothing changed',
        `${seconds(whole)} s, ${count(whole.calls)} calls, ${whole.kind} ${whole.status} ${whole.error?.message ?? ''}`,
        '',
      ],
    );
    console.log(`${table(rows)}\n`);
    await connections.remove(workspace, id);
  } finally {
    await mailchimp.stop();
  }
}

/** Rapport's own time: of a run, less what the same call takes by itself. */
async function unchanged(running: Running, workspace: string, id: string, mailchimp: MailchimpProcess) {
  const { connections } = running.rooms;
  const before = (await mailchimp.calls()).total;
  const [whole, alone, cpu]: number[][] = [[], [], []];
  const runs = 20;
  for (let n = 0; n < runs; n++) {
    const started = performance.now();
    const used = process.cpuUsage();
    await connections.run(workspace, id, false);
    await connections.idle();
    whole!.push(performance.now() - started);
    const { user, system } = process.cpuUsage(used);
    cpu!.push((user + system) / 1_000);
  }
  const made = (await mailchimp.calls()).total - before;
  const { RAPPORT_MAILCHIMP_URL: url = '', key } = mailchimp.said;
  for (let n = 0; n < runs; n++) {
    const started = performance.now();
    const asked =
      'count=1&sort_field=last_changed&sort_dir=DESC&fields=total_items,members.contact_id,members.last_changed';
    const answer = await fetch(
      `${url.replace('{dc}', key!.split('-')[1]!)}/3.0/lists/main/members?${asked}`,
      {
        headers: { authorization: `Basic ${btoa(`x:${key}`)}` },
      },
    );
    await answer.text();
    alone!.push(performance.now() - started);
  }
  const median = (all: number[] = []) => all.toSorted((a, b) => a - b)[all.length >> 1]!;
  return [
    ['nothing changed', `${(made / runs).toFixed(1)} calls`, '1 call'],
    [
      '  own time',
      `${(median(whole) - median(alone)).toFixed(1)} ms (of ${median(whole).toFixed(1)} ms)`,
      'under 50 ms',
    ],
    ['  processor, this process', `${median(cpu).toFixed(1)} ms`, ''],
  ];
}

const seconds = ({ duration_ms }: ShownRun) => ((duration_ms ?? 0) / 1_000).toFixed(1);

async function ended(get: () => Promise<ShownConnection>): Promise<ShownRun> {
  for (;;) {
    await sleep(100);
    const { last_run, state, next_run_at } = await get();
    if (state === 'syncing' || last_run === null || last_run.status === 'running') continue;
    if (Date.parse(next_run_at ?? '') > Date.now()) return last_run;
  }
}

const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;

/** The most memory of this process (chDB is in it) above what it began with; bytes. */
function watchMemory() {
  const look = () => {
    const { rss, heapUsed, external } = process.memoryUsage();
    return { resident: rss, script: heapUsed + external };
  };
  const began = look();
  const most = { ...began };
  const timer = setInterval(() => {
    const now = look();
    most.resident = Math.max(most.resident, now.resident);
    most.script = Math.max(most.script, now.script);
  }, 50);
  return {
    stop() {
      clearInterval(timer);
      return { resident: most.resident - began.resident, script: most.script - began.script };
    },
  };
}
