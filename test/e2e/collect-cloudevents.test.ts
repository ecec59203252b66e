import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventCounts, received } from '../support/received.ts';
import { type Answer, startTestRapport, type TestRapport } from '../support/running.ts';

let t: TestRapport;
let apiKey: string;
beforeAll(async () => {
  t = await startTestRapport();
  apiKey = (await t.rooms.access.keys.create(t.workspace, 'api', 'loyalty', 'editor')).key;
});
afterAll(() => t?.close());

const event = {
  specversion: '1.0',
  id: '1',
  source: '/shop',
  type: 'shop.visit',
  subject: 'ce-1',
  data: { a: 1 },
};
const structured = { 'content-type': 'application/cloudevents+json' };
const batched = { 'content-type': 'application/cloudevents-batch+json' };
const send = (body: unknown, headers: Record<string, string> = structured) =>
  t.send('/v1/cloudevents', body, headers);
const sendDocument = (body: unknown, headers: Record<string, string> = structured) =>
  send(body, { authorization: `Bearer ${apiKey}`, ...headers });

const counts = () => eventCounts(t);
const rejected = async () =>
  (await t.client.get<{ items: { field: string; reason: string }[] }>('/api/log/rejected')).items;

describe('customer events', () => {
  test('structured and batched, each is a message; the same event again counts once', async () => {
    expect(await send(event)).toEqual({
      status: 200,
      body: { success: true, results: [{ id: '1', message: 'track' }] },
    });
    expect((await send([event, { ...event, id: '2' }], batched)).status).toBe(200);
    expect(await counts()).toMatchObject({ 'shop.visit': 2 });
  });

  test('binary: attributes are headers, the body is the data', async () => {
    const headers = {
      'content-type': 'application/json',
      'ce-specversion': '1.0',
      'ce-id': 'b1',
      'ce-source': '/caf%C3%A9',
      'ce-type': 'shop.binary',
      'ce-subject': 'ce-2',
      'ce-time': '2026-05-01T10:00:00+02:00',
      'ce-campaigncode': 'x',
    };
    expect(await send({ price: 3 }, headers)).toMatchObject({ status: 200 });
    const row = (await received(t.engine, t.workspace)).find(
      ({ message }) => message.event === 'shop.binary',
    );
    expect(row?.message).toMatchObject({
      messageId: '/café#b1',
      userId: 'ce-2',
      properties: { price: 3 },
      context: { cloudevent: { id: 'b1', source: '/café', campaigncode: 'x' } },
    });
    expect(await send({}, { ...headers, 'ce-source': '%E9' })).toMatchObject({
      status: 400,
      body: { error: { field: 'ce-source' } },
    });
    expect(await send({}, { ...headers, 'ce-specversion': '0.3' })).toMatchObject({ status: 400 });
  });

  test('data of any kind; long sources do not run into each other', async () => {
    const long = (source: string) => ({ ...event, id: 'x'.repeat(256), source, type: 'shop.long' });
    const values = [null, 5, 'text', [1, 2], { userId: 'from data' }];
    const batch = values.map((data, n) => ({ ...event, id: `any ${n}`, type: 'shop.any', data }));
    expect(await send([...batch, long('/a'), long('/b')], batched)).toMatchObject({ status: 200 });
    expect(await counts()).toMatchObject({ 'shop.any': 5, 'shop.long': 2 });
  });

  test('what is no CloudEvent is 400 and names the field', async () => {
    expect(await send({ ...event, specversion: '0.3' })).toMatchObject({
      status: 400,
      body: { error: { code: 'bad_cloudevent', field: 'specversion' } },
    });
    expect(await send({ ...event, subject: undefined })).toMatchObject({
      status: 400,
      body: { error: { code: 'bad_event', field: 'userId' } },
    });
    expect(await send('"text"')).toMatchObject({ status: 400 });
    expect(await send('')).toMatchObject({ status: 400 });
  });

  test('one that is wrong does not sink its batch: it is kept with its reason', async () => {
    const good = { ...event, type: 'shop.company' };
    const batch = [
      good,
      { ...event, id: 'w', time: 'noon' },
      { ...event, id: 'n', subject: 'a\0b' },
      { ...good, id: '9' },
    ];
    const { status, body } = await send(batch, batched);
    expect(status).toBe(200);
    expect(body.rejected).toBe(2);
    expect(body.results).toMatchObject([
      { id: '1', message: 'track' },
      { error: { field: '[1].time' } },
      { error: { field: '[2].userId' } },
      { id: '9', message: 'track' },
    ]);
    expect(await counts()).toMatchObject({ 'shop.company': 2 });
    const fields = (await rejected()).map(({ field }) => field);
    expect(fields).toEqual(expect.arrayContaining(['[1].time', '[2].userId']));
  });
});

describe('documents', () => {
  const campaign = {
    ...event,
    id: 'spring',
    type: 'example.loyalty.campaign',
    data: { name: 'Spring', target: { last_order_date: '2020-01-01T00:00:00Z', gross_spent: '50' } },
  };
  const program = {
    ...event,
    id: 'points',
    type: 'example.loyalty.program',
    data: { name: 'Points', locations: [{ id: 'l1', name: 'Chicago' }] },
  };
  const programs = async () =>
    (await t.client.get<{ items: { id: string; name: string; locations: number }[] }>('/api/programs')).items;

  test('want an API key that may write', async () => {
    for (const document of [campaign, program]) {
      expect(await send(document)).toMatchObject({
        status: 401,
        body: { error: { code: 'api_key_required' } },
      });
      const reader = (await t.rooms.access.keys.create(t.workspace, 'api', 'reader', 'viewer')).key;
      expect(await send(document, { ...structured, authorization: `Bearer ${reader}` })).toMatchObject({
        status: 403,
      });
    }
    expect(await programs()).toEqual([]);
  });

  test('a campaign makes its segment once', async () => {
    const [first, second] = [await sendDocument(campaign), await sendDocument(campaign)];
    expect(first.body.results?.[0]?.segment).toBe(second.body.results?.[0]?.segment);
    const { items } = await t.client.get<{ items: { name: string }[] }>('/api/segments');
    expect(items.filter(({ name }) => name === 'Spring')).toHaveLength(1);
  });

  test('a program is made with its locations, once', async () => {
    const [first, second] = [await sendDocument(program), await sendDocument(program)];
    const made = await programs();
    expect(made).toMatchObject([{ name: 'Points', locations: 1 }]);
    expect(first).toEqual({
      status: 200,
      body: { success: true, results: [{ id: 'points', program: made[0]?.id, people: 0 }] },
    });
    expect(second).toEqual(first);
    const nul = await sendDocument({ ...program, id: 'nul', data: { name: 'A\0' } });
    expect(nul).toMatchObject({ status: 400, body: { error: { field: 'data.name' } } });
  });

  test('a program may list more people than a batch of messages has room for', async () => {
    const people = Array.from({ length: 100_000 }, (_, n) => `person-${n}@shop.example`);
    const large = { ...program, id: 'large', data: { ...program.data, associated_users_list: people } };
    const { status, body } = await sendDocument(large);
    expect({ status, people: body.results?.[0]?.people }).toEqual({ status: 200, people: people.length });
    // With a write key it is too large, said or found out.
    expect(await send(large)).toMatchObject({ status: 413, body: { error: { code: 'too_large' } } });
    const packed = gzipSync(JSON.stringify(large));
    expect(await send(packed, { ...structured, 'content-encoding': 'gzip' })).toMatchObject({ status: 413 });
    // Said to be packed and is not: refused, though its key is looked at before anybody reads it.
    for (let n = 0; n < 20; n++)
      expect(
        (await sendDocument(Buffer.from('no gzip'), { ...structured, 'content-encoding': 'gzip' })).status,
      ).toBe(400);
    await t.rooms.programs.drain();
    await t.rooms.log.processed();
    const one = encodeURIComponent(people.at(-1) ?? '');
    expect(await t.client.get(`/api/people/${one}`)).toMatchObject({ id: people.at(-1) });
  }, 60_000);

  test('documents and customer events in one batch, with an API key; a bad one does not sink it', async () => {
    const bad = { ...campaign, id: 'bad', data: { name: 'No target' } };
    const mixed = [program, { ...event, type: 'shop.mixed' }, bad];
    const { status, body } = (await sendDocument(mixed, batched)) as { status: number; body: Answer };
    expect(status).toBe(200);
    expect(body).toMatchObject({
      rejected: 1,
      results: [{ people: 0 }, { message: 'track' }, { error: {} }],
    });
    expect(await counts()).toMatchObject({ 'shop.mixed': 1 });
  });
});
