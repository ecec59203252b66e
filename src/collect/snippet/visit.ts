import { read, write } from './storage.ts';
import { uuid } from './uuid.ts';

/** What brought the visitor. Kept as long as the session, so that all its messages name the same origin. */
interface Origin {
  campaign?: Record<string, string>;
  referrer?: string;
}

interface Session {
  id: string;
  /** Of the last message. */
  at: number;
  from?: Origin;
}

const sessionMs = 30 * 60_000;
const ads = /[?&](\w*cl(k?i|icki)d|[gw]braid|li_fat_id)=/i;
const bare = (hostname: string) => hostname.replace(/^www\./, '');

/** Where the visitor was before this page. */
let previous = document.referrer;
let current: string | undefined;
let viewed: string | undefined;
let withHash: boolean | undefined;

export function minding(hash: boolean | undefined): void {
  withHash = hash;
}

const path = () => location.pathname + (withHash ? location.hash : '');
const page = () => location.origin + path() + location.search;

/** Navigation within the document changes its address, not its referrer. */
function move(): void {
  const now = page();
  if (current && now !== current) previous = current;
  current = now;
}

/** @returns whether the address is another page than the last time */
export function arrived(): boolean {
  if (page() === viewed) return false;
  viewed = page();
  return true;
}

/** The origin that the address and the referrer of this page name, if they do. */
function origin(): Origin | undefined {
  const campaign: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(location.search)) {
    if (value && name.startsWith('utm_')) campaign[name === 'utm_campaign' ? 'name' : name.slice(4)] = value;
  }
  const tagged = Object.keys(campaign).length > 0;
  // An ad's click is told by the address, which later pages do not have. What they would be counted under instead must not
  // look like another origin, for that begins another session.
  const ad = ads.test(location.search);
  const from: Origin = {};
  if (tagged && (!ad || (campaign.source && campaign.medium))) from.campaign = campaign;
  if (!ad && external(previous)) from.referrer = previous;
  return tagged || ad || from.referrer ? from : undefined;
}

function external(url: string): boolean {
  try {
    return bare(new URL(url).hostname) !== bare(location.hostname);
  } catch {
    return false;
  }
}

/** The session this message belongs to: a new one after 30 minutes without any, or when something else brings the visitor. */
function session(): Session {
  const now = Date.now();
  const from = origin();
  const same = (other: Origin | undefined) => JSON.stringify(other) === JSON.stringify(from);
  let known: Session | undefined;
  try {
    known = JSON.parse(read('session') ?? '');
  } catch {}
  if (!known?.id || now - known.at > sessionMs || (from && !same(known.from))) {
    known = { id: uuid(), at: now, from };
  }
  known.at = now;
  write('session', JSON.stringify(known));
  return known;
}

export function context(): object {
  move();
  const { id, from } = session();
  return {
    library: { name: 'rapport.js' },
    page: {
      url: location.href,
      path: path(),
      search: location.search,
      title: document.title,
      referrer: from?.referrer ?? previous,
    },
    campaign: from?.campaign,
    sessionId: id,
    locale: navigator.language,
  };
}
