import Fastify from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openTestEngine, type TestEngine } from '../../../test/support/engine.ts';
import { type Access, createAccess } from '../../access/index.ts';
import { type App, Problem } from '../../engine/index.ts';
import { requireAccess } from '../../http/auth.ts';
import { answerError } from '../../http/errors.ts';
import { type Charts, createCharts } from './index.ts';
import { limits } from './schema.ts';

let t: TestEngine<readonly [Access, { name: string; folder: URL }]>;
let app: App;
let charts: Charts;
let count = 0;
/** API keys of two workspaces, made anew for each test. */
let here: { id: string; editor: string; viewer: string };
let there: { id: string; editor: string; viewer: string };

beforeAll(async () => {
  t = await openTestEngine({
    rooms: (engine) =>
      [createAccess(engine), { name: 'metrics', folder: new URL('../', import.meta.url) }] as const,
  });
  charts = createCharts(t.engine, {
    // Knows questions by their name alone: which are valid is tested where they are asked.
    checkQuery: (_workspace, { question }) => {
      if (question === 'nonsense') {
        throw new Problem(400, 'unknown_question', 'There is no question "nonsense".', {
          field: 'question',
          hint: 'Did you mean series?',
        });
      }
      return { question: String(question) };
    },
  });
  app = Fastify() as unknown as App;
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(answerError);
  requireAccess(app, t.rooms[0]);
  charts.routes(app);
});
afterAll(async () => {
  await app?.close();
  await t?.close();
});
beforeEach(async () => {
  here = await newWorkspace();
  there = await newWorkspace();
});

async function newWorkspace() {
  const access = t.rooms[0];
  const { id } = await access.workspaces.create(`Shop ${++count}`, 'Europe/Berlin');
  const key = async (role: 'editor' | 'viewer') =>
    (await access.keys.create(id, 'api', `${role}'s key`, role)).key;
  return { id, editor: await key('editor'), viewer: await key('viewer') };
}

async function ask(
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  url: string,
  body?: object,
  key = here.editor,
) {
  const answer = await app.inject({
    method,
    url,
    headers: { authorization: `Bearer ${key}` },
    ...(body ? { payload: body } : {}),
  });
  return { status: answer.statusCode, body: answer.body ? answer.json() : null };
}

const series = { question: 'series', metrics: ['visitors'], interval: 'day' };
async function made(name: string, more: object = {}): Promise<string> {
  const { status, body } = await ask('POST', '/api/charts', { name, query: series, chart: 'line', ...more });
  expect([status, body]).toMatchObject([201, { id: expect.any(String) }]);
  return body.id;
}
async function board(name: string, layout: object[]): Promise<string> {
  const { status, body } = await ask('POST', '/api/dashboards', { name, layout });
  expect([status, body]).toMatchObject([201, { id: expect.any(String) }]);
  return body.id;
}

test('a chart is saved, found, changed and deleted', async () => {
  const { body: first } = await ask('POST', '/api/charts', {
    name: '  Visitors ',
    query: series,
    chart: 'line',
  });
  expect(first).toEqual({
    id: expect.any(String),
    name: 'Visitors',
    query: series,
    chart: 'line',
    created_by: { kind: 'api_key', id: expect.any(String), name: "editor's key" },
    created_at: t.clock.now().toISOString(),
    updated_at: t.clock.now().toISOString(),
  });
  await made('A funnel', { query: { question: 'funnel', steps: [] }, chart: 'funnel' });
  const { body: list } = await ask('GET', '/api/charts', undefined, here.viewer);
  expect(list.items.map(({ name }: { name: string }) => name)).toEqual(['A funnel', 'Visitors']);

  t.clock.advance(60_000);
  const change = { name: 'Visitors by hour', query: { ...series, interval: 'hour' } };
  const { body: changed } = await ask('PATCH', `/api/charts/${first.id}`, change);
  expect(changed).toEqual({ ...first, ...change, updated_at: t.clock.now().toISOString() });
  expect((await ask('GET', `/api/charts/${first.id.toUpperCase()}`)).body).toEqual(changed);
  expect((await ask('PATCH', `/api/charts/${first.id}`, {})).status).toBe(200);

  expect(await ask('DELETE', `/api/charts/${first.id}`)).toEqual({ status: 204, body: null });
  expect((await ask('GET', `/api/charts/${first.id}`)).status).toBe(404);
  expect((await ask('DELETE', `/api/charts/${first.id}`)).status).toBe(404);
});

test('a dashboard lays charts out in order, and has an address', async () => {
  const [a, b, c] = [await made('a'), await made('b'), await made('c')];
  const layout = [
    { chart: b, width: 3, height: 2 },
    { chart: a, width: 1, height: 1 },
  ];
  const { body: first } = await ask('POST', '/api/dashboards', {
    name: 'Monday',
    layout: [layout[0], { chart: a }],
  });
  expect(first).toMatchObject({
    name: 'Monday',
    url: `http://127.0.0.1:4100/dashboards/${first.id}`,
    layout,
    charts: [{ name: 'b', query: series }, { name: 'a' }],
    created_by: { name: "editor's key" },
  });
  const { body: list } = await ask('GET', '/api/dashboards', undefined, here.viewer);
  expect(list.items).toMatchObject([{ id: first.id, name: 'Monday', charts: 2 }]);

  const other = [{ chart: c, width: 2, height: 4 }, ...layout.toReversed()];
  const { body: changed } = await ask('PATCH', `/api/dashboards/${first.id}`, { layout: other });
  expect(changed).toMatchObject({ name: 'Monday', layout: other });
  expect((await ask('PATCH', `/api/dashboards/${first.id}`, { name: 'Friday' })).body).toMatchObject({
    name: 'Friday',
    layout: other,
  });
  expect((await ask('PATCH', `/api/dashboards/${first.id}`, { layout: [] })).body).toMatchObject({
    layout: [],
    charts: [],
  });
  expect((await ask('DELETE', `/api/dashboards/${first.id}`)).status).toBe(204);
  expect((await ask('GET', `/api/dashboards/${first.id}`)).status).toBe(404);
  expect((await ask('GET', '/api/charts')).body.items).toHaveLength(3);
});

test('a chart that is on a dashboard is not deleted unawares', async () => {
  const [a, b] = [await made('a'), await made('b')];
  const one = await board('One', [{ chart: a }, { chart: b, width: 2 }]);
  await board('Two', [{ chart: a }]);
  const { status, body } = await ask('DELETE', `/api/charts/${a}`);
  expect(status).toBe(409);
  expect(body.error).toMatchObject({
    code: 'chart_in_use',
    message: 'The chart is on the dashboards "One", "Two".',
    hint: expect.stringContaining('off_dashboards=true'),
  });
  t.clock.advance(1_000);
  expect((await ask('DELETE', `/api/charts/${a}?off_dashboards=true`)).status).toBe(204);
  expect((await ask('GET', `/api/dashboards/${one}`)).body).toMatchObject({
    layout: [{ chart: b, width: 2 }],
    updated_at: t.clock.now().toISOString(),
  });
});

test('everything is bound to its workspace', async () => {
  const mine = await made('mine');
  const shown = await board('Mine', [{ chart: mine }]);
  const asked = [
    ['GET', `/api/charts/${mine}`],
    ['PATCH', `/api/charts/${mine}`, { name: 'taken' }],
    ['PATCH', `/api/charts/${mine}`, { chart: 'bar' }],
    ['DELETE', `/api/charts/${mine}?off_dashboards=true`],
    ['GET', `/api/dashboards/${shown}`],
    ['PATCH', `/api/dashboards/${shown}`, { layout: [] }],
    ['DELETE', `/api/dashboards/${shown}`],
  ] as const;
  for (const [method, url, body] of asked) {
    expect([method, url, (await ask(method, url, body, there.editor)).status]).toEqual([method, url, 404]);
  }
  expect((await ask('GET', '/api/charts', undefined, there.viewer)).body).toEqual({ items: [] });
  expect((await ask('GET', '/api/dashboards', undefined, there.viewer)).body).toEqual({ items: [] });
  const theirs = await ask('POST', '/api/dashboards', { name: 'x', layout: [{ chart: mine }] }, there.editor);
  expect(theirs).toMatchObject({
    status: 400,
    body: { error: { code: 'unknown_chart', field: 'layout[0].chart' } },
  });
  // Names are each workspace's own.
  const same = { name: 'mine', query: series, chart: 'line' };
  expect((await ask('POST', '/api/charts', same, there.editor)).status).toBe(201);
  expect((await ask('GET', `/api/dashboards/${shown}`)).body.layout).toHaveLength(1);
});

test('who may only look changes nothing', async () => {
  const mine = await made('mine');
  const asked = [
    ['POST', '/api/charts', { name: 'x', query: series, chart: 'line' }],
    ['PATCH', `/api/charts/${mine}`, { name: 'x' }],
    ['DELETE', `/api/charts/${mine}`],
    ['POST', '/api/dashboards', { name: 'x' }],
  ] as const;
  for (const [method, url, body] of asked) {
    expect((await ask(method, url, body, here.viewer)).status).toBe(403);
  }
  expect((await ask('GET', `/api/charts/${mine}`, undefined, here.viewer)).status).toBe(200);
});

test.each([
  ['a query that is none', { query: { question: 'nonsense' } }, 'unknown_question', 'query.question'],
  ['a line of a funnel', { query: { question: 'funnel' } }, 'bad_chart', 'chart'],
  ['a funnel of a series', { chart: 'funnel' }, 'bad_chart', 'chart'],
  ['no name', { name: ' ' }, 'bad_input', 'name'],
  ['a long name', { name: 'x'.repeat(201) }, 'bad_input', 'name'],
  ['NUL in a name', { name: 'a\0b' }, 'bad_input', 'name'],
  ['NUL in a query', { query: { ...series, filters: [{ value: '\\\\\0' }] } }, 'bad_input', 'query'],
  ['half a character in a query', { query: { ...series, 'a\ud800': 1 } }, 'bad_input', 'query'],
  ['a huge query', { query: { ...series, x: 'x'.repeat(limits.queryBytes) } }, 'query_too_large', 'query'],
  ['a list for a query', { query: [] }, 'bad_input', 'query'],
  ['an unknown drawing', { chart: 'pie' }, 'bad_input', 'chart'],
])('%s is refused', async (_what, wrong, code, field) => {
  const right = { name: 'right', query: series, chart: 'line' };
  const refused = await ask('POST', '/api/charts', { ...right, ...wrong });
  expect(refused).toMatchObject({ status: 400, body: { error: { code, field } } });
  const id = await made('right');
  const kept = await ask('PATCH', `/api/charts/${id}`, wrong);
  expect(kept).toMatchObject({ status: 400, body: { error: { code, field } } });
  expect((await ask('GET', `/api/charts/${id}`)).body).toMatchObject(right);
});

test('what looks like an escape is none', async () => {
  const query = { ...series, filters: [{ value: '\\u0000 \\ud800 😀' }] };
  const id = await made('backslashes', { query });
  expect((await ask('GET', `/api/charts/${id}`)).body.query).toEqual(query);
});

test.each([
  ['four columns', [{ width: 4 }], 'layout.0.width'],
  ['no height', [{ height: 0 }], 'layout.0.height'],
  ['a chart twice', [{}, {}], 'layout'],
  ['too many', Array.from({ length: limits.chartsOnDashboard + 1 }, () => ({})), 'layout'],
  ['no id', [{ chart: 'x' }], 'layout.0.chart'],
])('a layout with %s is refused', async (_what, wrong, field) => {
  const chart = await made('a');
  const layout = wrong.map((one) => ({ chart, ...one }));
  expect(await ask('POST', '/api/dashboards', { name: 'x', layout })).toMatchObject({
    status: 400,
    body: { error: { field } },
  });
});

test('names are taken once, capitals not counting', async () => {
  await made('Visitors');
  const other = await made('Other');
  const taken = { status: 409, body: { error: { code: 'name_taken', field: 'name' } } };
  expect(await ask('POST', '/api/charts', { name: 'VISITORS', query: series, chart: 'bar' })).toMatchObject(
    taken,
  );
  expect(await ask('PATCH', `/api/charts/${other}`, { name: 'visitors' })).toMatchObject(taken);
  expect((await ask('PATCH', `/api/charts/${other}`, { name: 'OTHER' })).status).toBe(200);
  await board('One', []);
  expect(await ask('POST', '/api/dashboards', { name: 'one' })).toMatchObject(taken);
});

test('there are limits, kept by those who come at the same time too', async () => {
  const by = { kind: 'instance', id: 'instance', name: 'command line' } as const;
  for (let n = 0; n < limits.dashboards - 2; n++) {
    await charts.createDashboard(here.id, { name: `Board ${n}`, layout: [] }, by);
  }
  const last = await Promise.all(
    ['a', 'b', 'c', 'd', 'e'].map(async (name) => (await ask('POST', '/api/dashboards', { name })).status),
  );
  expect(last.sort()).toEqual([201, 201, 409, 409, 409]);
  expect(await ask('POST', '/api/dashboards', { name: 'more' })).toMatchObject({
    status: 409,
    body: { error: { code: 'too_many_dashboards' } },
  });
  expect((await ask('POST', '/api/dashboards', { name: 'x' }, there.editor)).status).toBe(201);
});

test('deleting a chart while it is laid out: either is refused, or it is off again', async () => {
  for (let round = 0; round < 5; round++) {
    const chart = await made(`chart ${round}`);
    const [laid, deleted] = await Promise.all([
      ask('POST', '/api/dashboards', { name: `board ${round}`, layout: [{ chart }] }),
      ask('DELETE', `/api/charts/${chart}`),
    ]);
    expect([`${laid.status} ${deleted.status}`]).toSatisfy(
      ([both]: string[]) => both === '201 409' || both === '400 204',
    );
  }
});
