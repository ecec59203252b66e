import { cpus, loadavg } from 'node:os';
import { table } from '../src/cli/output.ts';
import { smtpProcess } from '../test/support/smtp-process.ts';
import { type CampaignFigures, campaign } from './delivery.campaign.ts';
import { type House, openHouse } from './delivery.house.ts';
import { limits, smtpAlone } from './delivery.limits.ts';

const option = (name: string, otherwise: number) => {
  const at = process.argv.indexOf(`--${name}`);
  return at === -1 ? otherwise : Number(process.argv[at + 1]);
};
const count = (n: number) => Math.round(n).toLocaleString('en');
const rate = (n: number) => `${count(n)}/s`;
const megabytes = (bytes: number) => `${count(bytes / 1e6)} MB`;

/**
 * How fast emails go out, beside what rendering and the ledger's SQL take by themselves; and a campaign for everybody.
 * `--people` of the campaign, `--emails` into the null provider, `--smtp` emails to a server in a process of its own.
 */
export async function run(): Promise<void> {
  const people = option('people', 1_000_000);
  const emails = option('emails', 100_000);
  const smtp = option('smtp', 20_000);
  const load = () => loadavg()[0]?.toFixed(1);
  console.log(`${cpus().length} cores (${cpus()[0]?.model}), load ${load()}\n`);
  const house = await openHouse();
  try {
    if (emails > 0) console.log(`${table(await sending(house, emails, smtp))}\n`);
    const sizes = [...new Set([people / 100, people / 10, people].map(Math.floor))].filter((n) => n > 0);
    const measured: CampaignFigures[] = [];
    for (const size of sizes) {
      measured.push(await campaign(house, size));
      console.error(`${count(size)} people are through`);
    }
    if (measured.length > 0) console.log(table(campaignRows(measured)));
  } finally {
    await house.close();
  }
  console.log(`\nload ${load()} at the end`);
}

/** Emails that are in the ledger, until the last is settled. */
async function sending(house: House, emails: number, smtp: number): Promise<string[][]> {
  const workspace = await house.workspaceOf(emails);
  const alone = await limits(house, workspace, emails);
  const figures: [string, number, string][] = [
    ['reading attributes alone', alone.reading, ''],
    ['rendering alone', alone.rendering, ''],
    ['the ledger alone: queue, claim, settle', alone.ledger, ''],
  ];
  const { queue, claim, settle } = alone.steps;
  const each = (ms: number) => `${ms.toFixed(1)} ms`;
  const steps = `of 1,000: ${each(queue)} to queue, ${each(claim)} to claim, ${each(settle)} to settle`;

  figures.push([
    'into the null provider',
    await timed(house, workspace, { name: 'Null', kind: 'null' }, emails),
    '5,000/s',
  ]);
  if (smtp > 0) {
    const server = await smtpProcess();
    try {
      figures.push(['the SMTP provider alone', await smtpAlone(server.port), '']);
      const settings = { host: '127.0.0.1', port: server.port };
      const taken = await timed(
        house,
        workspace,
        { name: 'SMTP', kind: 'smtp', settings },
        Math.min(smtp, emails),
      );
      figures.push(['into an SMTP server', taken, '1,000/s']);
    } finally {
      await server.stop();
    }
  }
  return [
    ['emails', 'measured', 'wanted'],
    ...figures.map(([name, measured, wanted]) => [name, rate(measured), wanted]),
    ['', steps, ''],
  ];
}

async function timed(
  house: House,
  workspace: string,
  account: Parameters<House['account']>[1],
  emails: number,
): Promise<number> {
  const id = await house.account(workspace, account);
  await house.pauseAccount(workspace, id, true);
  const letter = await house.letter(workspace);
  await house.queue(letter, emails);
  const began = Date.now();
  await house.pauseAccount(workspace, id, false);
  return (emails / ((await house.sent(letter.campaign, emails)) - began)) * 1_000;
}

function campaignRows(all: CampaignFigures[]): string[][] {
  const row = (name: string, of: (one: CampaignFigures) => string, wanted = '') => [
    name,
    ...all.map(of),
    wanted,
  ];
  return [
    row('', ({ people }) => `${count(people)} people`, 'wanted'),
    row('entered after', ({ enteredMs }) => `${(enteredMs / 1_000).toFixed(1)} s`, '2,000,000 in 60 s'),
    row('  a second', ({ people, enteredMs }) => rate((people / enteredMs) * 1_000)),
    row('emails in the ledger after', ({ queuedMs }) => `${(queuedMs / 1_000).toFixed(1)} s`),
    row('sent', ({ people, sentMs }) => rate((people / sentMs) * 1_000), '5,000/s'),
    row(
      '  cost of an email',
      ({ people, sentMs }) => `${((sentMs / people) * 1_000).toFixed(0)} µs`,
      'as many for all',
    ),
    row('memory, at most more', ({ resident }) => megabytes(resident), 'under 200 MB'),
    row("  of it JavaScript's", ({ script }) => megabytes(script)),
  ];
}
