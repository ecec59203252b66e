import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createHeartbeat } from './heartbeat.ts';

const log = pino({ level: 'silent' });
let pings = 0;
let status = 200;
const server = createServer((_request, response) => {
  pings++;
  response.writeHead(status).end();
});
let url: string;
beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/ping`;
});
afterAll(() => void server.close());

test('goes out when everything is well, and only then', async () => {
  const heartbeat = createHeartbeat(url, log, { withinMs: 50 });
  let fault: Error | undefined;
  let hangs = false;
  heartbeat.add('one', () => {
    if (fault) throw fault;
  });
  heartbeat.add('other', async () => {
    if (hangs) await new Promise(() => {});
  });
  expect(await heartbeat.beat()).toEqual([]);
  expect(pings).toBe(1);
  fault = new Error('stands still');
  expect(await heartbeat.beat()).toEqual(['one: stands still']);
  hangs = true;
  expect(await heartbeat.beat()).toEqual(['one: stands still', 'other: did not answer within 0.05 s']);
  expect(pings).toBe(1);
  fault = undefined;
  hangs = false;
  expect(await heartbeat.beat()).toEqual([]);
  expect(pings).toBe(2);
});

test('is no fault of ours when its receiver is not well, nor when there is none', async () => {
  status = 500;
  expect(await createHeartbeat(url, log).beat()).toEqual([]);
  expect(await createHeartbeat('http://127.0.0.1:1/', log).beat()).toEqual([]);
  expect(await createHeartbeat(undefined, log).beat()).toEqual([]);
});
