/** What the parts of sending take each by itself: the bounds that the whole is measured against. */
import { randomUUID } from 'node:crypto';
import { smtpSettings } from '../src/delivery/kinds.ts';
import { claim, type Settlement, settle } from '../src/delivery/ledger.ts';
import { smtpProvider } from '../src/delivery/providers/smtp.ts';
import { compileTemplate } from '../src/delivery/templates.ts';
import { type House, template } from './delivery.house.ts';

const batch = 2_000;
const attributes = ['email', 'first_name', 'last_name', 'lifetime_value', 'city', 'tier'];
const idsFrom = (from: number) => Array.from({ length: batch }, (_, n) => `customer${from + n}`).sort();

export interface Limits {
  reading: number;
  rendering: number;
  ledger: number;
  /** Milliseconds for 1,000 emails. */
  steps: Record<'queue' | 'claim' | 'settle', number>;
}

/** Emails a second, each step by itself. */
export async function limits(house: House, workspace: string, people: number): Promise<Limits> {
  const { profiles } = house.rooms;
  let read = 0;
  let began = performance.now();
  for (let from = 0; from + batch <= people && performance.now() - began < 5_000; from += batch)
    read += (await profiles.attributesOf(workspace, idsFrom(from), attributes)).size;
  const reading = read / (performance.now() - began);

  const some = [...(await profiles.attributesOf(workspace, idsFrom(0), attributes)).values()];
  const compiled = compileTemplate({ ...template, text: undefined, parts: {} }, 'Europe/Berlin');
  let rendered = 0;
  began = performance.now();
  while (performance.now() - began < 3_000) {
    for (const person of some) {
      const url = `http://127.0.0.1:4100/u/${randomUUID()}`;
      const common = { workspace: { name: 'Shop' }, campaign: { name: 'Bench' }, unsubscribe_url: url };
      compiled.render({ person, ...common });
      rendered++;
    }
  }
  const rendering = rendered / (performance.now() - began);
  return { reading: reading * 1_000, rendering: rendering * 1_000, ...(await ledger(house, workspace)) };
}

/** As many rows queued, claimed and settled as the ledger's SQL can, one statement after the other. */
async function ledger(house: House, workspace: string): Promise<Pick<Limits, 'ledger' | 'steps'>> {
  const { db } = house.engine.postgres;
  const account = await house.account(workspace, { name: 'Ledger alone', kind: 'null' });
  const letter = await house.letter(workspace);
  // Due in an hour: the program itself must not send them.
  const later = Date.now() + 3_600_000;
  const emails = 40_000;
  const times = { queue: 0, claim: 0, settle: 0 };
  let began = performance.now();
  const lap = (step: keyof typeof times) => {
    times[step] += performance.now() - began;
    began = performance.now();
  };
  await house.queue({ ...letter, at: new Date(later) }, emails);
  lap('queue');
  const worker = randomUUID();
  for (let left = emails; left > 0; ) {
    const now = new Date(Math.max(Date.now(), later + performance.now()));
    const rows = await claim(db, { account, worker, most: batch, now });
    lap('claim');
    const sent = rows.map(
      ({ id, attempts, profile }): Settlement => ({
        ...{ id, attempts, status: 'sent' },
        address: `${profile}@example.com`,
        subject: `Anna, 1234 points wait in Chicago`,
      }),
    );
    await settle(db, sent, new Date());
    lap('settle');
    left -= rows.length;
  }
  const all = times.queue + times.claim + times.settle;
  return {
    ledger: (emails / all) * 1_000,
    steps: {
      queue: (times.queue / emails) * 1_000,
      claim: (times.claim / emails) * 1_000,
      settle: (times.settle / emails) * 1_000,
    },
  };
}

/** Emails a second through the provider with nothing before it, over as many connections; the server runs on the same machine. */
export async function smtpAlone(port: number): Promise<number> {
  const provider = smtpProvider(smtpSettings.parse({ host: '127.0.0.1', port }), {});
  const emails = 3_000;
  let next = 0;
  const began = performance.now();
  const slot = async () => {
    for (let n = next++; n < emails; n = next++) {
      const content = { subject: 'Points wait', html: template.html, text: template.html, headers: [] };
      const addresses = { from: 'Bench <bench@shop.example>', to: `person${n}@example.com` };
      const ids = { workspace: '', id: null, profile: null, messageId: `<${n}@shop.example>` };
      await provider.send(
        { ...content, ...addresses, ...ids, date: new Date() },
        new AbortController().signal,
      );
    }
  };
  await Promise.all(Array.from({ length: provider.concurrency }, slot));
  provider.close();
  return (emails / (performance.now() - began)) * 1_000;
}
