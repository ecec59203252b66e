/** Emails of a real campaign, for tests of processes that send them. */
import type { Pool } from 'pg';
import type { Client } from '../../src/cli/client.ts';
import { until } from './poll.ts';

/** People with addresses under example.com and the attribute `crowd`, through the log as an SDK sends them. */
async function tellOfPeople(client: Client, crowd: string, people: number): Promise<void> {
  const { key } = await client.post<{ key: string }>('/api/keys', { kind: 'write', name: crowd });
  for (let from = 0; from < people; from += 1_000) {
    const batch = Array.from({ length: Math.min(1_000, people - from) }, (_, n) => ({
      type: 'identify',
      userId: `${crowd}${from + n}`,
      traits: { email: `${crowd}${from + n}@example.com`, first_name: `Ann ${from + n}`, crowd },
    }));
    const answer = await fetch(`${client.url}/v1/batch`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Basic ${btoa(`${key}:`)}` },
      body: JSON.stringify({ batch }),
    });
    if (!answer.ok) throw new Error(await answer.text());
  }
}

export interface Sending {
  campaign: string;
  account: string;
  emails: number;
}

/**
 * A campaign of so many emails to everybody of a crowd, all of them in the ledger, and nothing sent yet: its account is paused
 * until `resume`.
 */
export async function queueAll(
  client: Client,
  given: { crowd: string; people: number; emails: number; account: object },
): Promise<Sending> {
  const { crowd, people, emails } = given;
  const { id: account } = await client.post<{ id: string }>('/api/accounts', {
    name: crowd,
    from: 'Shop <shop@example.com>',
    ...given.account,
  });
  await setPaused(client, account, true);
  await tellOfPeople(client, crowd, people);
  const rule = { attribute: 'crowd', operator: 'equals', value: crowd };
  // A segment that is computed while they still come rests before it is computed again, for long on a machine that is busy.
  await until('everybody to be known', async () => {
    const { count } = await client.post<{ count: number }>('/api/segments/count', { rule });
    return count === people;
  });
  const { id: segment } = await client.post<{ id: string }>('/api/segments', { name: crowd, rule });
  const { id: campaign } = await client.post<{ id: string }>('/api/campaigns', {
    name: crowd,
    definition: {
      entry: { segments: [segment] },
      exit: { on_segment_left: false },
      steps: Array.from({ length: emails }, (_, n) => ({
        ...{ id: `email-${n}`, type: 'email', account },
        ...{ subject: `${n}: {{ person.first_name }}`, html: '<p>Hello {{ person.first_name }}</p>' },
      })),
    },
  });
  await client.post(`/api/campaigns/${campaign}/start`);
  await until(
    'everybody to be in the ledger',
    async () => (await emailsOf(client, campaign)).queued === people * emails,
    180_000,
  );
  return { campaign, account, emails: people * emails };
}

/** @returns a moment before anything could be sent, in milliseconds since 1970 */
export async function setPaused(client: Client, account: string, paused: boolean): Promise<number> {
  const before = Date.now();
  await client.send('PATCH', `/api/accounts/${account}`, {
    body: JSON.stringify({ status: paused ? 'paused' : 'active' }),
    headers: { 'content-type': 'application/json' },
  });
  return before;
}

export async function emailsOf(client: Client, campaign: string): Promise<Record<string, number>> {
  return (await client.get<{ emails: Record<string, number> }>(`/api/campaigns/${campaign}/report`)).emails;
}

/** Has PostgreSQL note each time the right to send an email is taken, and by the clock of whom. */
export async function noteClaims(pool: Pool): Promise<void> {
  await pool.query(`
    CREATE TABLE claims (
      n bigint GENERATED ALWAYS AS IDENTITY, email uuid, account uuid, worker uuid, at timestamptz);
    CREATE FUNCTION note_claim() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO claims (email, account, worker, at) VALUES (NEW.id, NEW.account, NEW.worker, NEW.sending_at);
        RETURN NULL;
      END $$;
    CREATE TRIGGER note_claim AFTER UPDATE ON emails FOR EACH ROW
      WHEN (NEW.status = 'sending' AND OLD.status <> 'sending') EXECUTE FUNCTION note_claim()`);
}

/**
 * When emails were claimed, in milliseconds since 1970, in the order in which workers held the account's row. A worker that
 * waited for the row looked at its clock before it waited: its tokens are of the time of whoever came before it.
 */
export async function claimsOf(pool: Pool, account: string): Promise<number[]> {
  const { rows } = await pool.query<{ at: number }>(
    `SELECT extract(epoch FROM max(at) OVER (ORDER BY n))::double precision * 1000 AS at
     FROM claims WHERE account = $1 ORDER BY n`,
    [account],
  );
  return rows.map(({ at }) => at);
}
