import { isIP } from 'node:net';
import { Problem } from '../engine/index.ts';

/**
 * Which proxies in front are believed when they say who a request is from (X-Forwarded-For, -Proto, -Host).
 *
 * @param text `RAPPORT_TRUST_PROXY`: `1`, `2`, … that many proxies; or their addresses and networks, with commas
 *   (`10.0.0.0/8,loopback`). Nothing: none, so that nobody may lie about an address.
 */
export function trustedProxies(text = ''): string[] | false | ((address: string, hop: number) => boolean) {
  if (text === '' || text === '0') return false;
  const hops = Number(text);
  if (Number.isInteger(hops) && hops > 0) return (_address, hop) => hop < hops;
  const networks = text.split(',').map((part) => part.trim());
  const bad = networks.find((network) => !isNetwork(network));
  if (bad === undefined) return networks;
  throw new Problem(400, 'bad_trust_proxy', `RAPPORT_TRUST_PROXY names ${JSON.stringify(bad)}.`, {
    hint: 'It is the number of proxies in front, or their addresses: 10.0.0.0/8,loopback',
  });
}

function isNetwork(text: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(text)) return true;
  const [address = '', bits, ...more] = text.split('/');
  const version = isIP(address);
  if (!version || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}
