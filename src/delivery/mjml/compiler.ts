import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { Problem } from '../../engine/index.ts';
import { createLru } from '../lru.ts';
import type { Made } from './worker.ts';

/** 100 kB take 0.2 s, and 18 times as much HTML comes out of the smallest sections. */
export const mostMjml = 200_000;
const mostHtml = 1_000_000;
/** The thread has read its libraries (0.4 s, 100 MB): it stays for whoever is writing, and goes when nobody is. */
const keptMs = 60_000;
const mostWaiting = 50;

const made = createLru<Made>(30);
let worker: Worker | undefined;
let leaving: NodeJS.Timeout | undefined;
let waiting = 0;
let last: Promise<unknown> = Promise.resolve();

/**
 * Makes HTML of MJML, one after another in a thread of their own, for at most ten seconds each. What was made of late is
 * remembered by its hash.
 *
 * @throws Problem 503 when too many wait
 */
export async function makeHtml(mjml: string, longestMs = 10_000): Promise<Made> {
  const key = createHash('sha256').update(mjml).digest('base64url');
  const known = made.get(key);
  if (known) return known;
  if (waiting >= mostWaiting) {
    throw new Problem(503, 'busy', 'Many emails of MJML are being made at once.', { retryAfter: 2 });
  }
  waiting += 1;
  const turn = last.then(() => made.get(key) ?? one(mjml, longestMs));
  const next = () => {
    waiting -= 1;
  };
  last = turn.then(next, next);
  const found = await turn;
  // What could not be made in time may be made another time.
  if (found.html !== '' || found.errors.length === 0) made.set(key, found);
  return found;
}

async function one(mjml: string, longestMs: number): Promise<Made> {
  clearTimeout(leaving);
  worker ??= start();
  const answer = await ask(worker, mjml, longestMs);
  if (typeof answer === 'string') {
    drop();
    return failed(answer);
  }
  leaving = setTimeout(drop, keptMs).unref();
  return answer.html.length > mostHtml
    ? failed(
        `The HTML made of it has ${Math.round(answer.html.length / 1_000)} kB; the most is ${mostHtml / 1_000} kB.`,
      )
    : answer;
}

/** What the thread answers, or why it does not. */
async function ask(thread: Worker, mjml: string, longestMs: number): Promise<Made | string> {
  const done = new AbortController();
  const first = async (event: string): Promise<unknown> => (await once(thread, event, done))[0];
  const late = sleep(longestMs, `MJML was not done after ${longestMs / 1_000} seconds.`, done);
  thread.ref();
  try {
    const answer = first('message') as Promise<Made>;
    thread.postMessage(mjml);
    return await Promise.race([answer, late, first('exit').then(() => 'MJML failed.')]);
  } catch (error) {
    return `MJML failed: ${error instanceof Error ? error.message : String(error)}`;
  } finally {
    done.abort();
    thread.unref();
  }
}

const failed = (message: string): Made => ({ html: '', errors: [{ line: null, message }] });

function start(): Worker {
  const file = new URL('./worker.ts', import.meta.url);
  const started = new Worker(file, { execArgv: [], resourceLimits: { maxOldGenerationSizeMb: 400 } });
  // Whoever waits for it is told; should nobody, the next one starts another.
  started.on('error', () => {
    if (worker === started) worker = undefined;
  });
  started.unref();
  return started;
}

function drop(): void {
  void worker?.terminate();
  worker = undefined;
}
