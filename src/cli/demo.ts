import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { loyaltyLocation } from '../imports/index.ts';
import type { Running } from '../rapport.ts';
import { type Client, clientFor } from './client.ts';
import { expectedOf } from './demo/expect.ts';
import {
  campaignDone,
  importFiles,
  makeSegments,
  startCampaign,
  unsubscribeOne,
  waitFor,
  waitSeconds,
} from './demo/job.ts';
import { type Check, check, type DemoReport, reportText } from './demo/report.ts';
import { type Shop, shopEvents } from './demo/shop.ts';
import { goOn, makeDashboard, type Sent, sendEvents } from './demo/web.ts';
import { portNumber, settingsFrom, wholeNumber } from './settings.ts';
import { stopInTime, untilStopped } from './start.ts';

interface DemoOptions {
  data?: string;
  host: string;
  port?: number;
  locations: number;
  customersPerLocation: number;
  seed: number;
  exit?: boolean;
  json?: boolean;
}

export function demoCommand(): Command {
  return new Command('demo')
    .description('do the whole main job on made-up customers, through the public interfaces, and stay up')
    .option('--data <dir>', 'data directory; a new temporary one when not given')
    .addOption(new Option('--host <address>', 'address to listen on').default('127.0.0.1'))
    .addOption(
      new Option('--port <number>', 'port to listen on (4100; any free one with --exit)').argParser(
        portNumber,
      ),
    )
    .addOption(
      new Option('--locations <n>', 'stores, one file each').default(20).argParser(wholeNumber(1, 1_000)),
    )
    .addOption(
      new Option('--customers-per-location <n>', 'customers in each file')
        .default(1_000)
        .argParser(wholeNumber(10, 1_000_000)),
    )
    .addOption(
      new Option('--seed <n>', 'the same seed makes the same customers')
        .default(1)
        .argParser(wholeNumber(0, 2 ** 31)),
    )
    .option('--exit', 'end after the report; exit code 0 only if every number adds up')
    .option('--json', 'print the report as JSON on the last line')
    .action(demo);
}

async function demo(options: DemoOptions): Promise<void> {
  const temporary = options.data === undefined;
  const data = options.data ?? mkdtempSync(join(tmpdir(), 'rapport-demo-'));
  const port = options.port ?? (options.exit ? 0 : 4_100);
  process.env.LOG_LEVEL ??= 'warn';
  try {
    const started = performance.now();
    const { startRapport } = await import('../rapport.ts');
    const running = await startRapport(settingsFrom({ data, host: options.host, port }));
    tell(`Rapport runs at ${running.url} on ${temporary ? 'a temporary directory' : data}.`);
    try {
      const client = clientFor(data);
      const shop: Shop = { ...options, now: new Date() };
      const { report, sent } = await mainJob(client, running, shop, started);
      process.stdout.write(`${reportText(report)}\n`);
      if (!report.ok) process.exitCode = 1;
      if (!options.exit)
        await stayUp(running, report, options, (signal) => goOn(client, shop, sent.writeKey, signal));
      else if (options.json) process.stdout.write(`${JSON.stringify(report)}\n`);
    } finally {
      await stopInTime(running);
    }
  } finally {
    if (temporary) rmSync(data, { recursive: true, force: true });
  }
}

const tell = (text: string) => process.stderr.write(`${text}\n`);

/** Each step, timed and told. */
async function mainJob(
  client: Client,
  running: Running,
  shop: Shop,
  started: number,
): Promise<{ report: DemoReport; sent: Sent }> {
  const seconds: Record<string, number> = { 'start the engines': (performance.now() - started) / 1_000 };
  const step = async <T>(name: string, run: () => Promise<T>): Promise<T> => {
    const begun = performance.now();
    const result = await run();
    seconds[name] = (performance.now() - begun) / 1_000;
    tell(`  ${name}: ${seconds[name].toFixed(1)} s`);
    return result;
  };

  const expected = expectedOf(shop, loyaltyLocation(0));
  const files = await step(`import ${shop.locations} location files`, () => importFiles(client, shop));
  const sent = await step('send 90 days of shop events with the Segment library', () =>
    sendEvents(client, shop),
  );
  await step('make a dashboard', () => makeDashboard(client));
  const segments = await step('compute three segments', () => makeSegments(client, shop));
  const entering = segments.find(({ name }) => name === 'Repeat buyers');
  const buyers = expected.members['Repeat buyers'];
  const report = await step(
    `run a drip of three steps (its wait is ${waitSeconds} s, for the demo)`,
    async () => {
      const id = await startCampaign(client, entering?.id ?? '');
      if (buyers > 0) await unsubscribeOne(client);
      return campaignDone(client, id, buyers);
    },
  );

  // In the background it would be done when nothing came for half a minute.
  await step('count hours and sessions ahead', () => running.rooms.metrics.settle());

  const checks: Check[] = [
    check('rows in the files', files.written, files.rows),
    check('bad rows', files.writtenBad, files.bad),
    check('rows = people + bad rows', files.rows, (await peopleCount(client)) + files.bad),
    check('people', expected.people, await peopleCount(client)),
    check('shop events sent', expected.events, sent.events),
    check('shop events counted', expected.events, await total(client, 'events', shop)),
    check('broken messages refused', expected.broken, sent.broken),
    check('refused messages kept with their reason', expected.broken, await rejectedCount(client)),
    check('revenue', expected.revenueCents / 100, await total(client, 'revenue', shop)),
  ];
  for (const { name, members } of segments) {
    checks.push(
      check(`in segment "${name}"`, expected.members[name as keyof typeof expected.members], members ?? -1),
    );
  }
  // One person unsubscribes after the first email, so gets no second one.
  const emails = buyers * 2 - (buyers > 0 ? 1 : 0);
  checks.push(
    check('people who entered the campaign', buyers, report.entered),
    check('emails sent', emails, report.emails.sent),
    check('emails in the dev mailbox', emails, await mailboxCount(client)),
    check('unsubscribed', buyers > 0 ? 1 : 0, report.emails.unsubscribed),
    check('emails failed', 0, report.emails.failed),
    check('emails in the log', emails, await emailsInLog(client, shop, emails)),
  );
  seconds.total = (performance.now() - started) / 1_000;
  return { report: { ok: checks.every(({ ok }) => ok), checks, seconds, url: running.url }, sent };
}

const peopleCount = async (client: Client) =>
  (await client.get<{ total: number }>('/api/people?limit=1')).total;
const rejectedCount = async (client: Client) =>
  (await client.get<{ items: unknown[] }>('/api/log/rejected?limit=100')).items.length;
const mailboxCount = async (client: Client) =>
  (await client.get<{ total: number }>('/api/mailbox?limit=1')).total;

/** A metric over the last 91 days. Of events, those of the shop: what Rapport itself did is none of them. */
async function total(client: Client, metric: 'events' | 'revenue' | 'emails', shop: Shop): Promise<number> {
  const names = { dimension: 'event', operator: 'in', values: shopEvents };
  const { values } = await client.post<{ values: Record<string, number> }>('/api/query', {
    question: 'totals',
    metrics: [metric],
    filters: metric === 'events' ? [names] : [],
    from: new Date(shop.now.getTime() - 91 * 86_400_000).toISOString(),
    to: new Date(shop.now.getTime() + 3_600_000).toISOString(),
  });
  return Math.round((values[metric] ?? 0) * 100) / 100;
}

/** Results of sending reach the log a moment later. */
function emailsInLog(client: Client, shop: Shop, expected: number): Promise<number> {
  return waitFor('the results of sending to reach the log', 15_000, async () => {
    const sum = await total(client, 'emails', { ...shop, now: new Date() });
    return sum >= expected ? sum : undefined;
  }).catch(() => total(client, 'emails', { ...shop, now: new Date() }));
}

async function stayUp(
  running: Running,
  report: DemoReport,
  { json }: DemoOptions,
  meanwhile: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const link = running.firstLink ?? (await running.rooms.access.ownerLink());
  process.stdout.write(
    `\nLook at it: this link signs you in once.\n  ${link}\nPeople go on visiting. Ctrl-C stops.\n`,
  );
  if (json) process.stdout.write(`${JSON.stringify(report)}\n`);
  const stopped = new AbortController();
  const visits = meanwhile(stopped.signal);
  await untilStopped(running);
  stopped.abort();
  await visits;
}
