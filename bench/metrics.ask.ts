/** Asks a running server as people do, over HTTP, and notes how long answers take. */
import type { Running } from '../src/rapport.ts';
import { begin, days, workspaceOfRank } from './metrics.fill.ts';

export interface Shop {
  rank: number;
  id: string;
  api: string;
}

/** A workspace of the month that was filled, with a key to ask with. */
export async function openShop(running: Running, rank: number): Promise<Shop> {
  const id = workspaceOfRank(rank);
  const db = running.engine.postgres.db.withTables<{
    workspaces: { id: string; name: string; timezone: string };
  }>();
  await db
    .insertInto('workspaces')
    .values({ id, name: `Shop ${rank}`, timezone: 'Europe/Berlin' })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute();
  const { key } = await running.rooms.access.keys.create(id, 'api', 'bench', 'viewer');
  return { rank, id, api: key };
}

export type Question = Record<string, unknown>;

export async function ask<T = unknown>(url: string, { api }: Shop, question: Question): Promise<T> {
  const answer = await fetch(`${url}/api/query`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${api}` },
    body: JSON.stringify(question),
  });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

/** The 30 days; a little shorter each time, so that no answer can be one given before. */
export function month(turn: number) {
  const from = begin.getTime() + (turn % 24) * 3_600_000;
  return {
    from: new Date(from).toISOString(),
    to: new Date(begin.getTime() + days * 86_400_000).toISOString(),
  };
}

export interface Wanted {
  question: Question;
  /** The 95th percentile that is wanted of a median workspace and of the largest, milliseconds. */
  median?: number;
  largest?: number;
}

export const questions: Record<string, Wanted> = {
  'hourly series, page views and revenue': {
    question: { question: 'series', metrics: ['page_views', 'revenue'], interval: 'hour' },
    median: 50,
    largest: 500,
  },
  'hourly series, visitors': {
    question: { question: 'series', metrics: ['visitors'], interval: 'hour' },
    median: 50,
    largest: 500,
  },
  'hourly series, sessions and bounce rate': {
    question: { question: 'series', metrics: ['sessions', 'bounce_rate'], interval: 'hour' },
    median: 50,
    largest: 500,
  },
  'top 10 pages by visitors': {
    question: {
      question: 'top',
      dimension: 'path',
      metrics: ['visitors', 'page_views'],
      filters: [{ dimension: 'type', operator: 'equals', value: 'page' }],
      limit: 10,
    },
    largest: 1_000,
  },
  'top 10 channels by sessions': {
    question: { question: 'top', dimension: 'channel', metrics: ['sessions', 'revenue'], limit: 10 },
    largest: 1_000,
  },
  'funnel of 3 steps': {
    question: {
      question: 'funnel',
      steps: [{ event: 'Product Viewed' }, { event: 'Product Added' }, { event: 'Order Completed' }],
      window: { amount: 7, unit: 'day' },
    },
    largest: 1_000,
  },
  'retention by day': { question: { question: 'retention', interval: 'day' }, largest: 1_000 },
};

/** Milliseconds of each of several askings, ascending. */
export async function timesOf(
  url: string,
  shops: readonly Shop[],
  question: Question,
  turns: number,
): Promise<number[]> {
  const times: number[] = [];
  for (let turn = 0; turn < turns; turn++) {
    const shop = shops[turn % shops.length] as Shop;
    const asked = { ...question, ...month(turn) };
    const started = performance.now();
    await ask(url, shop, asked);
    times.push(performance.now() - started);
  }
  return times.sort((a, b) => a - b);
}

export const share = (times: readonly number[], part: number): number =>
  times[Math.min(times.length - 1, Math.floor(times.length * part))] ?? Number.NaN;
