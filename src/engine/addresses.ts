import { lookup as resolve } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** Addresses that are nobody's business from outside: the machine itself, its network, cloud metadata (RFC 6890). */
const internal = new BlockList();
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const)
  internal.addSubnet(network, bits, 'ipv4');
for (const [network, bits] of [
  ['::', 128],
  ['::1', 128],
  ['64:ff9b:1::', 48],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const)
  internal.addSubnet(network, bits, 'ipv6');

function isInternal(address: string): boolean {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped) return internal.check(mapped, 'ipv4');
  return internal.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/** The sentence for a person, and what the one who runs Rapport can do. */
const refusalOf = (host: string) => ({
  message: `${host} is an address of the inside of a network.`,
  hint: 'Only addresses of the public internet are called. The one who runs Rapport can allow others with RAPPORT_ALLOW_INTERNAL=1.',
});

interface OutsideOnly {
  /** Refuses an address written as such; names are checked when they are looked up, each time anew. */
  checkHost(host: string): void;
  /** As dns.lookup, but a name that leads inside is an error. */
  lookup: LookupFunction;
}

/** @param refusal the error that a caller throws for an address of the inside */
export function outsideOnly(refusal: (said: { message: string; hint: string }) => Error): OutsideOnly {
  return {
    checkHost(host) {
      const bare = host.replace(/^\[|\]$/g, '');
      if (isIP(bare) !== 0 && isInternal(bare)) throw refusal(refusalOf(host));
    },
    lookup(hostname, options, callback) {
      resolve(hostname, { ...options, all: true }, (error, found) => {
        if (error) return callback(error, '');
        const inside = found.find(({ address }) => isInternal(address));
        if (inside) return callback(refusal(refusalOf(hostname)) as NodeJS.ErrnoException, '');
        if (options.all) return (callback as unknown as (e: null, all: typeof found) => void)(null, found);
        callback(null, found[0]!.address, found[0]!.family);
      });
    },
  };
}
