import { deliver, dropAll, startDelivery } from './delivery.ts';
import { read, remove, write } from './storage.ts';
import type { Options, Rapport, Values } from './types.ts';
import { uuid } from './uuid.ts';
import { arrived, context, minding } from './visit.ts';

/** The browser's side of collecting: /rapport.js. See types.ts for what pages may call. */
const script = document.currentScript as HTMLScriptElement | null;
let options: Options | undefined;
/** Calls that came before `init`. */
const held: unknown[][] = [];

function silent(): boolean {
  const { doNotTrack, globalPrivacyControl } = navigator as Navigator & { globalPrivacyControl?: boolean };
  return !!read('out') || (!!options?.respectDnt && (doNotTrack === '1' || !!globalPrivacyControl));
}

function visitor(): string {
  const known = read('visitor');
  if (known) return known;
  const made = uuid();
  write('visitor', made);
  return made;
}

/** @param early the page may not have set its title yet */
function send(type: string, more: Values, early = false): void {
  if (silent()) return;
  // Properties may be something JSON cannot hold. A page never breaks because of what it tells us.
  try {
    const messageId = uuid();
    const message = {
      type,
      messageId,
      timestamp: new Date().toISOString(),
      anonymousId: visitor(),
      userId: read('user'),
      context: context(),
      ...more,
    };
    deliver(messageId, message, early);
  } catch (error) {
    console.warn('rapport', error);
  }
}

const isText = (value: unknown): value is string => typeof value === 'string' || typeof value === 'number';

/** A page view, when the address is another one. */
function view(): void {
  if (arrived()) send('page', {}, true);
}

function watch(): void {
  for (const name of ['pushState', 'replaceState'] as const) {
    const original = history[name];
    history[name] = function (...given) {
      original.apply(this, given);
      view();
    };
  }
  addEventListener('popstate', view);
  addEventListener('hashchange', view);
  // Back again, and the page was never unloaded.
  addEventListener('pageshow', ({ persisted }) => persisted && send('page', {}));
}

function forget(): void {
  for (const key of ['visitor', 'user', 'session']) remove(key);
}

function init(given: Options): void {
  if (options) return;
  options = given;
  const host = given.host ?? (script?.src ? new URL(script.src).origin : '');
  startDelivery(host.replace(/\/$/, ''), given.writeKey, silent);
  minding(given.hash);
  if (given.autoPage !== false) {
    watch();
    view();
  }
  for (const [name, ...more] of held.splice(0)) call(name, ...more);
}

const calls: Record<string, (a?: unknown, b?: unknown) => void> = {
  init(given) {
    // A page made ready in advance may never be seen.
    if ((document as Document & { prerendering?: boolean }).prerendering)
      document.addEventListener('prerenderingchange', () => init(given as Options), { once: true });
    else init(given as Options);
  },
  track: (event, properties) => send('track', { event, properties }),
  page: (name, properties) =>
    send('page', isText(name) ? { name, properties } : { properties: name ?? properties }),
  identify(userId, traits) {
    if (!isText(userId)) return send('identify', { traits: userId });
    if (silent()) return;
    const before = read('user');
    // Another person at the same browser: their histories are not one.
    if (before && before !== String(userId)) forget();
    write('user', String(userId));
    send('identify', { traits });
  },
  group: (groupId, traits) => send('group', { groupId, traits }),
  alias: (userId, previousId) =>
    send('alias', { userId, previousId: previousId ?? read('user') ?? visitor() }),
  reset: forget,
  optOut() {
    write('out', '1');
    forget();
    dropAll();
  },
  optIn: () => remove('out'),
};

/** These need no write key. */
const always = /^(init|reset|opt)/;

function call(name: unknown, ...given: unknown[]): void {
  const run = calls[String(name)];
  if (!run) console.warn('rapport', name);
  else if (options || always.test(String(name))) run(...given);
  else held.push([name, ...given]);
}

const stub = window.rapport as Rapport | undefined;
if (!stub?.loaded) {
  window.rapport = Object.assign(call as Rapport, { loaded: true as const });
  const waiting = Array.from(stub?.q ?? [], (one) => Array.from(one) as [unknown]);
  const choice = ([name]: [unknown]) => /^opt/.test(String(name));
  const { writeKey, host, autoPage, hash, respectDnt } = script?.dataset ?? {};
  const on = (text: string | undefined) => text !== undefined && text !== 'false';
  // A visitor's choice holds before the first page view.
  for (const one of waiting) if (choice(one)) call(...one);
  if (writeKey)
    calls.init?.({
      writeKey,
      host,
      autoPage: autoPage !== 'false',
      hash: on(hash),
      respectDnt: on(respectDnt),
    });
  for (const one of waiting) if (!choice(one)) call(...one);
}
