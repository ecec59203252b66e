import type { IncomingHttpHeaders } from 'node:http';
import { isbot } from 'isbot';

/** Fetch pictures for a person who looks at the email at that moment. */
const proxies = /GoogleImageProxy|YahooMailProxy/;

/** Look through mail before, or instead of, a person, under names that are not those of robots of the web. */
const scanners =
  /barracuda|mimecast|proofpoint|urldefense|safelinks|messagelabs|symantec|forcepoint|fortiguard|fortimail|ironport|zscaler|trendmicro|sophos|cloudmark|mailguard|vade ?secure|hornetsecurity|avanan|checkpoint/i;

/** Apple's Mail Privacy Protection fetches every picture when an email arrives, by this alone. */
const bare = /^\s*(Mozilla\/5\.0)?\s*$/;

/** Whether no person stands behind a request, as far as the request itself tells. */
export function isMachine(method: string, headers: IncomingHttpHeaders): boolean {
  const agent = headers['user-agent'] ?? '';
  if (method !== 'GET') return true;
  if (/prefetch|preview|prerender/i.test(`${headers.purpose} ${headers['sec-purpose']} ${headers['x-moz']}`))
    return true;
  return isMachineAgent(agent);
}

/** By what it calls itself alone, where nothing else is told. */
export function isMachineAgent(agent: string): boolean {
  if (proxies.test(agent)) return false;
  return bare.test(agent) || scanners.test(agent) || isbot(agent);
}
