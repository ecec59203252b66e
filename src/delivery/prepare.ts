import { setImmediate as breathe } from 'node:timers/promises';
import { type StoredAccount, trackingOf } from './accounts.ts';
import { addressOf, type Composing, compose, createTemplates } from './compose.ts';
import { isolating } from './isolate.ts';
import type { Claimed, Settlement } from './ledger.ts';
import { companionsOf, joinEmails } from './merge.ts';
import { errorText, failure, type Prepared } from './outcomes.ts';
import { identityOf, type KnownProgram } from './programs.ts';
import type { SenderNeeds } from './sender.ts';
import { type Blocked, blockedAmong } from './suppressions.ts';

/** What can be sent, and what is settled without sending. */
interface Outcome {
  emails: Prepared[];
  settled: Settlement[];
}

/** Why an email was not sent, where the list of suppressed addresses does not say it. */
const reasons: Record<Blocked, string | undefined> = {
  suppressed: undefined,
  unsubscribed: 'The address unsubscribed from the emails of this program.',
  unconfirmed: 'The address did not confirm that it wants the emails of this program.',
};

const noAddress = 'The person has no valid email address.';

/** Rendering is stopped by the clock: on a busy machine a template may take too long that is quick at other times. */
const tooSlow = /render limit/i;
const slowTries = 3;
const slowWaitMs = 30_000;

function unrendered({ id, attempts, attempts_waived }: Claimed, error: unknown, now: Date): Settlement {
  const words = `Template: ${errorText(error)}`;
  const again = tooSlow.test(words) && attempts - attempts_waived < slowTries;
  if (!again) return { id, attempts, status: 'failed', error: words };
  return {
    id,
    attempts,
    status: 'queued',
    error: words,
    nextAttemptAt: new Date(now.getTime() + slowWaitMs),
  };
}

/** Gets claimed rows ready to be sent. */
export function createPreparing(needs: SenderNeeds) {
  const { engine, db, profiles, programs, workspaceOf, unsubscribeUrl, links } = needs;
  const { clock } = engine;
  const templates = createTemplates(db);

  /** Addresses, suppressions and content: what can be sent, and what is settled without sending. */
  async function prepare(rows: readonly Claimed[], account: StoredAccount): Promise<Outcome> {
    const workspace = await workspaceOf(account.workspace);
    const tracking = trackingOf(account);
    const companions = await companionsOf(db, rows);
    const compiled = await templates(
      account.workspace,
      [...new Set([...rows, ...[...companions.values()].flat()].map(({ template }) => template))],
      workspace.timezone,
      tracking.clicks,
    );
    const people = await profiles.attributesOf(
      account.workspace,
      [...new Set(rows.map(({ profile }) => profile))],
      attributesNeeded([...compiled.values()]),
    );
    const addresses = rows.map((row) => addressOf(row, people.get(row.profile)));
    const blocked = await blockedAmong(
      engine,
      db,
      account.workspace,
      rows.map(({ program }, i) => ({ address: addresses[i], program })),
    );
    const known = rows.some(({ program }) => program !== null)
      ? await programs.of(account.workspace)
      : undefined;
    const identities = identitiesOf(account.sender, known);
    const composing: Composing = {
      workspace,
      identityOf: identities,
      templates: compiled,
      unsubscribeUrl,
      tracking,
      links,
      now: clock.now(),
    };
    const emails: Prepared[] = [];
    const settled: Settlement[] = [];
    for (const [i, row] of rows.entries()) {
      const address = addresses[i];
      const { id, attempts } = row;
      if (i % 200 === 199) await breathe();
      if (!address) settled.push({ id, attempts, status: 'failed', error: noAddress });
      else if (blocked[i])
        settled.push({ id, attempts, status: 'suppressed', address, error: reasons[blocked[i]] });
      else {
        try {
          const attributes = people.get(row.profile) ?? {};
          const others = companions
            .get(row.id)
            ?.map((one) => compose({ ...row, ...one }, address, attributes, composing));
          const email = compose(row, address, attributes, composing);
          emails.push({ email: others ? joinEmails(email, others) : email, row });
        } catch (error) {
          settled.push({ ...unrendered(row, error, clock.now()), address });
        }
      }
    }
    return { emails, settled };
  }

  /** Prepares all rows; those whose data the database refuses are failed, with the reason. */
  return async function prepareAll(rows: Claimed[], account: StoredAccount): Promise<Outcome> {
    const all: Outcome = { emails: [], settled: [] };
    await isolating(
      rows,
      async (part) => {
        const { emails, settled } = await prepare(part, account);
        all.emails.push(...emails);
        all.settled.push(...settled);
      },
      (row, reason) => void all.settled.push(failure(row, reason)),
    );
    return all;
  };
}

/** Who writes, by the program an email belongs to; each is made once. */
function identitiesOf(account: string, known: ReadonlyMap<string, KnownProgram> | undefined) {
  const made = new Map<string | null, ReturnType<typeof identityOf>>();
  return (program: string | null) => {
    const identity = made.get(program) ?? identityOf(account, known?.get(program ?? '')?.sender);
    made.set(program, identity);
    return identity;
  };
}

/** Names of the attributes the templates speak of; undefined, which is all, when one cannot tell. */
function attributesNeeded(templates: ({ attributes: readonly string[] | undefined } | Error)[]) {
  const names = new Set(['email']);
  for (const template of templates) {
    if (template instanceof Error) continue;
    if (!template.attributes) return undefined;
    for (const name of template.attributes) names.add(name);
  }
  return [...names];
}
