import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fastify from 'fastify';
import { pino } from 'pino';
import { afterAll, describe, expect, test } from 'vitest';
import { countryDatabase } from '../../test/support/mmdb.ts';
import { trustedProxies } from '../http/proxy.ts';
import { createSenders } from './sender.ts';

const folder = mkdtempSync(join(tmpdir(), 'rapport-sender-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'country.mmdb');
writeFileSync(file, countryDatabase({ '81.2.69.0/24': 'GB', '89.160.20.112/28': 'SE' }));
const log = pino({ level: 'silent' });

/** What is recorded of a request with these headers, from this address. */
async function sender(env: NodeJS.ProcessEnv, headers: Record<string, string>, from = '81.2.69.7') {
  const senders = createSenders({ log }, env);
  await senders.start();
  const app = fastify({ trustProxy: trustedProxies(env.RAPPORT_TRUST_PROXY) });
  app.get('/', (request) => senders.of(request));
  const answer = await app.inject({ url: '/', headers, remoteAddress: from });
  senders.stop();
  return answer.json();
}

const browser = { origin: 'https://shop.example', 'user-agent': 'Mozilla/5.0' };

describe('what is recorded of a sender', () => {
  test('of a browser, its user agent; its address only where configured', async () => {
    expect(await sender({}, browser)).toEqual({ userAgent: 'Mozilla/5.0' });
    expect(await sender({ RAPPORT_STORE_IP: '1' }, browser)).toEqual({
      userAgent: 'Mozilla/5.0',
      ip: '81.2.69.7',
    });
    const long = await sender({}, { ...browser, 'user-agent': 'x'.repeat(5_000) });
    expect(long.userAgent).toHaveLength(512);
  });

  test('of a server, nothing: Node’s own fetch says sec-fetch-mode, but no browser is without origin or site', async () => {
    const env = { RAPPORT_STORE_IP: '1', RAPPORT_MAXMIND_FILE: file, RAPPORT_COUNTRY_HEADER: 'cf-ipcountry' };
    const server = { 'user-agent': 'node', 'sec-fetch-mode': 'cors', 'cf-ipcountry': 'US' };
    expect(await sender(env, server)).toEqual({});
    expect(await sender(env, { ...server, 'sec-fetch-site': 'cross-site' })).toMatchObject({ country: 'US' });
  });

  test.each([
    ['AT', 'AT'],
    ['at', 'AT'],
    ['XX', undefined],
    ['T1', undefined],
    ['Austria', undefined],
    ["A'", undefined],
  ])('the country header %j is %s', async (said, country) => {
    const headers = { ...browser, 'cf-ipcountry': said };
    expect((await sender({ RAPPORT_COUNTRY_HEADER: 'CF-IPCountry' }, headers)).country).toBe(country);
    // Anybody could say it where no CDN is configured.
    expect((await sender({}, headers)).country).toBeUndefined();
  });

  test('the country of the address, from a MaxMind file, where no header says it', async () => {
    const env = { RAPPORT_MAXMIND_FILE: file, RAPPORT_COUNTRY_HEADER: 'cf-ipcountry' };
    const of = async (from: string, more = {}) => (await sender(env, { ...browser, ...more }, from)).country;
    expect(await of('81.2.69.7')).toBe('GB');
    expect(await of('::ffff:89.160.20.113')).toBe('SE');
    expect(await of('10.0.0.1')).toBeUndefined();
    expect(await of('2001:db8::1')).toBeUndefined();
    expect(await of('81.2.69.7', { 'cf-ipcountry': 'FR' })).toBe('FR');
    expect(await of('81.2.69.7', { 'cf-ipcountry': 'XX' })).toBe('GB');
  });

  test('behind proxies the address is the one they tell, where they are trusted', async () => {
    const headers = { ...browser, 'x-forwarded-for': '1.1.1.1, 81.2.69.7' };
    const ip = async (trust: string, more = {}) =>
      (
        await sender(
          { RAPPORT_STORE_IP: '1', RAPPORT_TRUST_PROXY: trust },
          { ...headers, ...more },
          '10.0.0.9',
        )
      ).ip;
    expect(await ip('')).toBe('10.0.0.9');
    expect(await ip('1')).toBe('81.2.69.7');
    expect(await ip('10.0.0.0/8, loopback')).toBe('81.2.69.7');
    expect(await ip('192.168.0.0/16')).toBe('10.0.0.9');
    expect(await ip('1', { 'x-forwarded-for': 'nonsense' })).toBeUndefined();
  });

  test('what cannot be read is told at the start', async () => {
    await expect(sender({ RAPPORT_MAXMIND_FILE: join(folder, 'none.mmdb') }, browser)).rejects.toMatchObject({
      code: 'bad_maxmind_file',
    });
    for (const text of ['yes', '10.0.0.0/99', '1.2.3', '-1', '1.5']) {
      expect(() => trustedProxies(text)).toThrow(expect.objectContaining({ code: 'bad_trust_proxy' }));
    }
  });
});
