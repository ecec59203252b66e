import { afterEach, beforeEach, expect, test } from 'vitest';
import { type DataApi, startDataApi } from './server.ts';

let api: DataApi;
beforeEach(async () => {
  api = await startDataApi({ secret: 's3cret' });
});
afterEach(() => api.close());

const person = (id: string, email = `${id}@example.com`) => ({ id, firstname: 'F', lastname: 'L', email });
const post = (records: unknown, secret = 's3cret') =>
  fetch(api.url, { method: 'POST', headers: { Authorisation: secret }, body: JSON.stringify(records) });
const remove = (id: string) =>
  fetch(`${api.url}/${id}`, { method: 'DELETE', headers: { Authorisation: 's3cret' } });

test('takes records by id, and counts how often each was written', async () => {
  expect(await (await post([person('a'), person('b')])).json()).toEqual({ accepted: 2 });
  await post([person('b', 'other@example.com'), person('b', 'last@example.com')]);
  expect([...api.records.keys()]).toEqual(['a', 'b']);
  expect(api.records.get('b')?.email).toBe('last@example.com');
  expect(api.writes).toEqual(
    new Map([
      ['a', 1],
      ['b', 3],
    ]),
  );
  expect(api.calls).toMatchObject({ total: 2, posts: 2, records: 4, byStatus: { 200: 2 } });
});

test('deletes by id; who is not there is a 404, or not', async () => {
  await post([person('a')]);
  expect((await remove('a')).status).toBe(204);
  expect((await remove('a')).status).toBe(404);
  api.settings.missing = 204;
  expect((await remove('a')).status).toBe(204);
  expect(api.records.size).toBe(0);
  expect(api.deletions.get('a')).toBe(3);
});

test('refuses the whole batch for one bad record, a large one, and a wrong secret', async () => {
  const refused = await post([person('a'), person('b', 'nobody')]);
  expect(refused.status).toBe(422);
  expect(await refused.text()).not.toContain('nobody');
  api.settings.refusal = 400;
  api.settings.refuses = ({ id }) => id === 'c';
  expect((await post([person('a'), person('c')])).status).toBe(400);
  expect((await post([])).status).toBe(400);
  api.settings.most = 1;
  expect((await post([person('a'), person('d')])).status).toBe(413);
  expect((await post([person('a')], 'other')).status).toBe(401);
  expect(api.records.size).toBe(0);
});

test('breaks in every way laid out: after having done all, half, or nothing', async () => {
  api.faults.next({ kind: 'applied_500' });
  expect((await post([person('a')])).status).toBe(500);
  expect(api.records.has('a')).toBe(true);
  api.faults.next({ kind: 'half_500' });
  expect((await post([person('b'), person('c')])).status).toBe(500);
  expect([api.records.has('b'), api.records.has('c')]).toEqual([true, false]);
  api.faults.next({ kind: 'applied_cut' });
  await expect(post([person('d')])).rejects.toThrow();
  expect(api.records.has('d')).toBe(true);
  api.faults.next({ kind: 'cut' });
  await expect(post([person('e')])).rejects.toThrow();
  api.faults.next({ kind: 'fails', status: 503, retryAfter: '2' });
  const busy = await post([person('e')]);
  expect([busy.status, busy.headers.get('retry-after')]).toEqual([503, '2']);
  expect(api.records.has('e')).toBe(false);
  api.faults.next({ kind: 'slow', ms: 50 });
  const before = performance.now();
  expect((await post([person('e')])).status).toBe(200);
  expect(performance.now() - before).toBeGreaterThan(45);
});
