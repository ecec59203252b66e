import { attempt } from './storage.ts';

/**
 * Messages on their way. Each lies in localStorage under a key of its own until it is acknowledged, so tabs never
 * overwrite each other's, and the next page sends what this one could not. One may so be sent twice; its messageId makes it
 * count once.
 */
interface Waiting {
  id: string;
  text: string;
  /** A page view whose title the page may not have set yet. */
  early?: boolean;
}

/** Beyond this the oldest are given up. */
const most = 200;
/** Characters in one request, at most three bytes each: browsers let 64 KB outlive the page. */
const batchLength = 20_000;
const batchDelayMs = 300;
const longestPauseMs = 60_000;

let silent: () => boolean;
let url: string;
let writeKey: string;
let place: string;
let queue: Waiting[] = [];
let sending: Waiting[] = [];
let timer: ReturnType<typeof setTimeout> | undefined;
let failures = 0;
let notBefore = 0;
let toldToWait = false;
/** The page is hidden for good, or until it comes back from the browser's cache. */
let gone = false;

/**
 * Begins with what earlier pages, and tabs that are gone, left behind.
 *
 * @param isSilent asked before each request: the visitor may have opted out in another tab
 */
export function startDelivery(host: string, key: string, isSilent: () => boolean): void {
  silent = isSilent;
  url = `${host}/v1/batch`;
  writeKey = key;
  place = `rapport.m.${key}.`;
  attempt(() => {
    for (const [name, text] of Object.entries({ ...localStorage })) {
      if (name.startsWith(place)) queue.push({ id: name.slice(place.length), text });
    }
  });
  const time = ({ text }: Waiting) => /"timestamp":"([^"]+)/.exec(text)?.[1] ?? '';
  queue.sort((a, b) => (time(a) < time(b) ? -1 : 1));
  bound();
  later(0);
  addEventListener('online', () => {
    if (!toldToWait) notBefore = 0;
    flush();
  });
  addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') flush();
  });
  addEventListener('pagehide', sendLast);
  addEventListener('pageshow', () => {
    gone = false;
    flush();
  });
}

export function deliver(id: string, message: object, early: boolean): void {
  const text = JSON.stringify(message);
  attempt(() => localStorage.setItem(place + id, text));
  queue.push({ id, text, early });
  bound();
  later(batchDelayMs);
}

/** Gives up all that waits. */
export const dropAll = () => settle(queue);

function bound(): void {
  if (queue.length > most) settle(queue.slice(0, queue.length - most));
}

function settle(done: Waiting[]): void {
  queue = queue.filter((one) => !done.includes(one));
  for (const { id } of done) attempt(() => localStorage.removeItem(place + id));
}

function later(ms: number): void {
  timer ??= setTimeout(flush, ms);
}

/** As many of the oldest as make one request. */
function next(from: Waiting[]): Waiting[] {
  let length = 0;
  const batch: Waiting[] = [];
  for (const one of from) {
    if (one.early) {
      const message = JSON.parse(one.text);
      message.context.page.title = document.title;
      one.text = JSON.stringify(message);
      one.early = false;
    }
    length += one.text.length;
    if (batch.length > 0 && length > batchLength) break;
    batch.push(one);
  }
  return batch;
}

const bodyOf = (batch: Waiting[]) =>
  `{"writeKey":${JSON.stringify(writeKey)},"sentAt":"${new Date().toISOString()}","batch":[${batch.map(({ text }) => text)}]}`;

async function flush(): Promise<void> {
  clearTimeout(timer);
  timer = undefined;
  if (silent()) dropAll();
  if (gone || sending.length > 0 || queue.length === 0) return;
  const pause = notBefore - Date.now();
  if (pause > 0) return later(Math.min(pause, longestPauseMs));
  sending = next(queue);
  const batch = sending;
  let status = 0;
  let wait: string | null = null;
  try {
    const body = bodyOf(batch);
    // A plain text, as browsers send it to another site without asking there first.
    const keepalive = body.length < batchLength * 1.05;
    const answer = await fetch(url, { method: 'POST', body, keepalive, credentials: 'omit' });
    status = answer.status;
    wait = answer.headers.get('retry-after');
    if (status >= 400) console.warn('rapport', status, await answer.text());
  } catch {}
  sending = [];
  // Not reached, or to be tried again; anything else would be refused again.
  if (!status || status === 408 || status === 429 || status >= 500) {
    failures++;
    toldToWait = !!Number(wait);
    notBefore =
      Date.now() +
      (Number(wait) * 1_000 || Math.min(2 ** failures * 500, longestPauseMs)) * (1 + Math.random() / 4);
  } else {
    settle(batch);
    failures = notBefore = 0;
  }
  flush();
}

/**
 * The page goes: what is not under way is handed to the browser. Nobody hears the answer, so it stays stored, and the next page
 * sends it again.
 */
function sendLast(): void {
  gone = true;
  if (silent()) return;
  const survives = 'keepalive' in Request.prototype;
  let left = queue.filter((one) => !(survives && sending.includes(one)));
  while (left.length > 0) {
    const batch = next(left);
    if (!attempt(() => navigator.sendBeacon(url, bodyOf(batch)))) return;
    left = left.slice(batch.length);
  }
}
