import { unwatchFile, watchFile } from 'node:fs';
import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { type CountryResponse, open, type Reader } from 'maxmind';
import { type Engine, Problem } from '../engine/index.ts';

/** What is recorded of a browser beside what it sent. Nothing of a server: its SDK must not pass for its user's device. */
export interface Sender {
  /** ISO 3166-1 alpha-2 */
  country?: string;
  userAgent?: string;
  /** Only where `RAPPORT_STORE_IP=1`. */
  ip?: string;
}

export interface Senders {
  of(request: FastifyRequest): Sender;
  start(): Promise<void>;
  stop(): void;
}

const server: Sender = Object.freeze({});
const maxUserAgent = 512;
/** A new edition of the file, put in the place of the old one, is taken within this time. */
const lookForFileMs = 60_000;

/**
 * Reads the sender off a request. The country is that of `RAPPORT_COUNTRY_HEADER`, the header in which the CDN in
 * front says it (cf-ipcountry, cloudfront-viewer-country, x-vercel-ip-country, …; anybody could set it where none is), else
 * that of the address in `RAPPORT_MAXMIND_FILE`. The address itself is not kept unless `RAPPORT_STORE_IP=1`.
 */
export function createSenders({ log }: Pick<Engine, 'log'>, env: NodeJS.ProcessEnv): Senders {
  const header = env.RAPPORT_COUNTRY_HEADER?.trim().toLowerCase();
  const file = env.RAPPORT_MAXMIND_FILE;
  const storeIp = env.RAPPORT_STORE_IP === '1';
  let places: Reader<CountryResponse> | undefined;

  const placeOf = (ip: string) => {
    // A file for IPv4 alone would answer something about any other address too.
    const place = ip.includes(':') && places?.metadata.ipVersion === 4 ? undefined : places?.get(ip);
    return place?.country?.iso_code ?? place?.registered_country?.iso_code ?? '';
  };

  return {
    of(request) {
      const { headers } = request;
      // Browsers say where a request comes from. `sec-fetch-mode` alone is no proof: Node's own fetch sends it too.
      if (headers.origin === undefined && headers['sec-fetch-site'] === undefined) return server;
      const said = header ? countryCode(headers[header]) : '';
      const ip = places || storeIp ? addressOf(request.ip) : '';
      const country = said || (ip ? placeOf(ip) : '');
      const userAgent = headers['user-agent']?.slice(0, maxUserAgent);
      return {
        ...(country ? { country } : {}),
        ...(userAgent ? { userAgent } : {}),
        ...(storeIp && ip ? { ip } : {}),
      };
    },

    async start() {
      if (!file) return;
      places = await open<CountryResponse>(file).catch((error: Error) => {
        throw new Problem(400, 'bad_maxmind_file', `${file} cannot be read: ${error.message}`, {
          hint: 'RAPPORT_MAXMIND_FILE names a country or city database of MaxMind (.mmdb, not compressed).',
          cause: error,
        });
      });
      watchFile(file, { persistent: false, interval: lookForFileMs }, () => {
        open<CountryResponse>(file).then(
          (newer) => {
            places = newer;
          },
          // Perhaps not wholly written yet; it will change again.
          (error: unknown) =>
            log.warn(error, 'the new MaxMind file cannot be read; the old one stays in use'),
        );
      });
    },

    stop() {
      if (file) unwatchFile(file);
    },
  };
}

/** A proxy may have said anything; and an IPv4 address that reached an IPv6 socket is one all the same. */
function addressOf(text: string): string {
  const address = text.replace(/^::ffff:(?=\d+\.)/i, '');
  return isIP(address) ? address : '';
}

/** A CDN's words for "not known" (XX) and "hidden" (T1) are no countries. */
function countryCode(value: string | string[] | undefined): string {
  return typeof value === 'string' && /^[a-z]{2}$/i.test(value) && !/^xx$/i.test(value)
    ? value.toUpperCase()
    : '';
}
