import { randomUUID } from 'node:crypto';
import Fastify from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestEngine } from '../../test/support/engine.ts';
import { type App, Problem } from '../engine/index.ts';
import { createLog } from '../log/index.ts';
import { createProfiles } from '../profiles/index.ts';
import { createDelivery } from './index.ts';
import type { Template, TemplateProblem } from './schema.ts';
import type { DeliveryTables } from './tables.ts';

const open = async () => {
  const t = await openTestEngine({
    rooms: (engine) => {
      const log = createLog(engine);
      const profiles = createProfiles(engine, { log });
      return [log, profiles, createDelivery(engine, { log, profiles }, { background: false })] as const;
    },
  });
  const app: App = Fastify() as never;
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler((error, _request, reply) =>
    error instanceof Problem ? reply.status(error.status).send(error.toJSON()) : reply.send(error),
  );
  app.addHook('onRequest', async (request) => {
    request.workspace = { id: t.workspace, name: 'Shop', timezone: 'UTC', require_fresh_connections: false };
  });
  const [log, , delivery] = t.rooms;
  await delivery.routes?.(app);
  await log.append([
    {
      workspace: t.workspace,
      source: 'http',
      receivedAt: t.clock.now(),
      message: JSON.stringify({
        type: 'identify',
        messageId: randomUUID(),
        userId: 'ann',
        traits: { email: 'ann@shop.example', first_name: 'Ann & Co' },
        timestamp: t.clock.now().toISOString(),
      }),
    },
  ]);
  return { ...t, delivery, app, db: t.engine.postgres.db.withTables<DeliveryTables>() };
};
let t: Awaited<ReturnType<typeof open>>;
beforeAll(async () => {
  t = await open();
});
afterAll(() => t.close());

// biome-ignore lint/suspicious/noExplicitAny: whatever a route answers
type Answer = { status: number; body: Record<string, any> };
async function ask(
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  url: string,
  payload?: object,
): Promise<Answer> {
  const answer = await t.app.inject({ method, url, ...(payload && { payload }) });
  return { status: answer.statusCode, body: answer.body ? answer.json() : {} };
}
const put = (name: string, source: string) => ask('PUT', `/api/template-parts/${name}`, { source });

const link = '<a href="{{ unsubscribe_url }}">Unsubscribe</a>';
const letter = (more: Partial<Template> = {}) => ({
  subject: 'Hello',
  html: link,
  text: '{{ unsubscribe_url }}',
  ...more,
});
const preview = async (more: Partial<Template> = {}, person_id?: string) =>
  (await ask('POST', '/api/templates/preview', { ...letter(more), person_id })).body as Template & {
    problems: TemplateProblem[];
  };
const problemsOf = async (more: Partial<Template> = {}) => (await preview(more)).problems;

describe('a preview', () => {
  test('shows what a person gets, and nothing amiss in a good email', async () => {
    const html = `<p>{{ person.first_name }}</p>${link}`;
    expect(await preview({ html }, 'ann')).toMatchObject({
      html: expect.stringContaining('<p>Ann &amp; Co</p>'),
      problems: [],
    });
    // The text part is made where there is none.
    const made = await preview({ html, text: '' }, 'ann');
    expect(made.text).toMatch(/^Ann & Co\s+Unsubscribe \(http/);
    expect(made.problems).toMatchObject([{ level: 'hint', field: 'text' }]);
  });

  test('says where a template does not parse, and shows the rest', async () => {
    const html = '<p>\n{% if %}';
    expect(
      await preview({ subject: 'Hi {{ person.first_name }}', html, text: '{{ x | nosuch }}' }, 'ann'),
    ).toMatchObject({
      subject: 'Hi Ann & Co',
      html: '',
      problems: expect.arrayContaining([
        { level: 'error', field: 'html', part: null, line: 2, message: expect.any(String) },
        { level: 'error', field: 'text', part: null, line: 1, message: 'undefined filter: nosuch' },
      ]),
    });
    expect(await problemsOf({ subject: ' ' })).toMatchObject([
      { level: 'error', field: 'subject', line: null },
    ]);
  });

  test('an unknown variable is an error there and empty in what is sent', async () => {
    const html = `\n{{ persn.first_name }}{{ workspace.nmae }}{% assign a = 1 %}{{ a }}${link}
      {% for i in person.email %}{{ i }}{{ forloop.index }}{% endfor %}{% if false %}{{ coupon | default: "none" }}{% endif %}`;
    expect(await problemsOf({ html })).toEqual([
      {
        level: 'error',
        field: 'html',
        part: null,
        line: 2,
        message: expect.stringContaining('persn.first_name'),
      },
      {
        level: 'error',
        field: 'html',
        part: null,
        line: 2,
        message: expect.stringContaining('workspace.nmae'),
      },
      { level: 'error', field: 'html', part: null, line: 3, message: expect.stringContaining('coupon') },
    ]);
    expect(await t.delivery.checkTemplate(t.workspace, letter({ html }))).toEqual([]);
  });

  test('an attribute nobody has is a warning', async () => {
    const subject = '{{ person.first_name }} {{ person.frist_name }} {{ person.id }} {{ person["x"].y }}';
    expect(await problemsOf({ subject })).toEqual([
      {
        level: 'warning',
        field: 'subject',
        part: null,
        line: 1,
        message: expect.stringContaining('person.frist_name'),
      },
      {
        level: 'warning',
        field: 'subject',
        part: null,
        line: 1,
        message: expect.stringContaining('person.x'),
      },
    ]);
  });

  test('without a link to unsubscribe it is an error', async () => {
    expect(await problemsOf({ html: '<p>Hi</p>' })).toMatchObject([
      { level: 'error', message: expect.stringContaining('unsubscribe') },
    ]);
    expect(await problemsOf({ html: '<p>{{ unsubscribe_url }}</p>' })).toMatchObject([{ level: 'error' }]);
    expect(await problemsOf({ html: '', text: 'Hi' })).toMatchObject([{ level: 'error' }]);
    expect(await problemsOf({ html: '', text: '{{ unsubscribe_url }}' })).toEqual([]);
    expect(await problemsOf({ text: 'Hi' })).toMatchObject([{ level: 'hint', field: 'text' }]);
  });

  test.each([
    ['', 'leads nowhere'],
    ['#', 'leads nowhere'],
    ['{{ person.shop }}', 'leads nowhere'],
    ['shop.example/sale', 'no https://'],
    ['/sale', 'no https://'],
    ['javascript:alert(1)', 'http, https, mailto and tel'],
    ['ftp://shop.example', 'http, https, mailto and tel'],
    ['https://', 'unfinished'],
    ['https:///sale', 'unfinished'],
    ['https:shop.example', 'unfinished'],
    ['https://shop.example/a b', 'unfinished'],
    ['mailto:', 'unfinished'],
    ['mailto:ann', 'unfinished'],
    ['tel:', 'unfinished'],
  ])('the link %j is warned of', async (href, message) => {
    const problems = await problemsOf({ html: `${link}<a href="${href}">our <b>sale</b></a>` });
    expect(problems.filter((one) => !one.message.includes('person.shop'))).toMatchObject([
      { level: 'warning', message: expect.stringMatching(new RegExp(`^The link “our sale” .*${message}`)) },
    ]);
  });

  test.each([
    'https://shop.example',
    'http://shop.example/?a=1&amp;b=2#c',
    'mailto:a@shop.example?subject=x',
    'tel:+1 555',
    '#top',
  ])('the link %j is fine', async (href) =>
    expect(await problemsOf({ html: `${link}<a href="${href}">x</a>` })).toEqual([]),
  );

  test('the first of many links, and what is twice on a line once', async () => {
    const links = Array.from({ length: 30 }, (_, n) => `<a href="${n}">${n}</a>`).join('');
    const html = `${link}${links}{{ a }}{{ a }}`;
    const problems = await problemsOf({ html });
    expect(problems.map(({ level }) => level)).toEqual(['error', ...Array(21).fill('warning')]);
    expect(problems.at(-1)!.message).toBe('And 10 more links.');
  });

  test('size and pictures', async () => {
    expect(await problemsOf({ html: `${link}${'x'.repeat(102 * 1024)}` })).toMatchObject([
      { level: 'warning', message: expect.stringContaining('103 kB') },
    ]);
    const html = `${link}<img src="a"><img src="b" alt=""><img src="c" alt="Shoes">`;
    expect(await problemsOf({ html })).toMatchObject([
      { level: 'hint', message: expect.stringContaining('A picture') },
    ]);
  });

  test('MJML, and what is wrong in it', async () => {
    const body = (text: string) =>
      `<mjml><mj-body><mj-section><mj-column>${text}</mj-column></mj-section></mj-body></mjml>`;
    const good = await preview(
      { html: body(`<mj-text>Hi {{ person.first_name }} ${link}</mj-text>`), text: '' },
      'ann',
    );
    expect(good.text).toContain('Hi Ann & Co Unsubscribe');
    expect(good.problems.map(({ level }) => level)).toEqual(['hint']);
    const pictures =
      '<mj-image src="https://a.example/a.png" /><mj-image src="https://a.example/b.png" alt="" />';
    expect(await problemsOf({ html: body(`${pictures}<mj-text>${link}</mj-text>`) })).toMatchObject([
      { level: 'hint', message: expect.stringContaining('A picture') },
    ]);
    expect(await problemsOf({ html: body('\n<mj-txt/>{{ nobody }}') })).toMatchObject([
      { line: 2, field: 'html', level: 'error' },
      { line: 2, field: 'html', level: 'error', message: expect.stringContaining('nobody') },
    ]);
  });
});

describe('template parts', () => {
  test('are made, changed, listed and deleted', async () => {
    expect(await put('hello', 'Hello {{ person.first_name }}')).toMatchObject({
      status: 200,
      body: { name: 'hello' },
    });
    expect((await put('hello', 'Hi {{ person.first_name }}')).body.source).toBe('Hi {{ person.first_name }}');
    expect((await ask('GET', '/api/template-parts')).body.items).toMatchObject([{ name: 'hello' }]);
    expect((await put('Not a name', 'x')).status).toBe(400);
    expect(await put('bad', '\n{% if %}')).toMatchObject({
      status: 400,
      body: { error: { code: 'bad_template', field: 'source', message: expect.stringContaining('Line 2') } },
    });
    expect((await ask('DELETE', '/api/template-parts/hello')).status).toBe(204);
    expect((await ask('GET', '/api/template-parts/hello')).status).toBe(404);
    expect((await ask('DELETE', '/api/template-parts/hello')).status).toBe(404);
  });

  test('another part or a guard keeps them', async () => {
    await put('inner', 'x');
    await put('outer', '{% render "inner" %}');
    expect(await ask('DELETE', '/api/template-parts/inner')).toMatchObject({
      status: 409,
      body: { error: { code: 'part_in_use', message: expect.stringContaining('"outer"') } },
    });
    t.delivery.addPartGuard(async (_, names) => (names.includes('outer') ? ['the campaign "Spring"'] : []));
    expect(await ask('DELETE', '/api/template-parts/outer')).toMatchObject({
      status: 409,
      body: { error: { code: 'part_in_use', message: 'The part is used by the campaign "Spring".' } },
    });
  });

  test('are named in what is wrong in them; one that is not there is an error', async () => {
    await put('footer', `\n{{ title }}{{ nobody }}${link}`);
    expect(await problemsOf({ html: '{% render "footer", title: "x" %}' })).toMatchObject([
      { level: 'error', field: 'html', part: 'footer', line: 2, message: expect.stringContaining('nobody') },
    ]);
    expect(await problemsOf({ html: `\n{% render "nowhere" %}${link}` })).toMatchObject([
      { level: 'error', line: 2, message: 'There is no template part "nowhere".' },
    ]);
    expect(
      await problemsOf({ html: `{% render person.email %}{% include "/etc/passwd" %}${link}` }),
    ).toMatchObject([
      { message: expect.stringContaining('in quotes') },
      { message: 'There is no template part "/etc/passwd".' },
    ]);
  });

  test('a version keeps the parts it was saved with', async () => {
    const template = letter({ html: '{% render "changing" %}' });
    const save = () =>
      t.db.transaction().execute((trx) => t.delivery.saveTemplate(trx, t.workspace, template));
    await put('changing', '{% render "deep" %}');
    await put('deep', 'before');
    const before = await save();
    expect(await save()).toBe(before);
    await put('deep', 'after');
    const after = await save();
    expect(after).not.toBe(before);
    const kept = await t.db
      .selectFrom('templates')
      .select(['id', 'parts'])
      .where('id', 'in', [before, after])
      .execute();
    expect(Object.fromEntries(kept.map(({ id, parts }) => [id, parts.deep]))).toEqual({
      [before]: 'before',
      [after]: 'after',
    });
    await expect(
      t.db
        .transaction()
        .execute((trx) => t.delivery.saveTemplate(trx, t.workspace, letter({ html: '<mjml></mjml>' }))),
    ).rejects.toMatchObject({ code: 'bad_template', field: 'html' });
  });

  test('emails under way are sent as they were saved, MJML and all', async () => {
    const body = (words: string) =>
      `<mj-section><mj-column><mj-text>${words}</mj-text></mj-column></mj-section>`;
    await put(
      'frame',
      `<mjml><mj-body>{% block "content" %}{% endblock %}${body(`before ${link}`)}</mj-body></mjml>`,
    );
    const html = `{% layout "frame" %}{% block "content" %}${body('Dear {{ person.first_name }}')}{% endblock %}`;
    const sender = await t.delivery.sender(t.workspace);
    await t.db.transaction().execute(async (trx) => {
      const template = await t.delivery.saveTemplate(trx, t.workspace, letter({ subject: 'Framed', html }));
      const about = { campaign: randomUUID(), campaignName: 'C', step: 's', at: t.clock.now() };
      await t.delivery.queueEmails(trx, { workspace: t.workspace, ...about, sender, template }, ['ann']);
    });
    await put('frame', '<mjml><mj-body></mj-body></mjml>');
    await t.delivery.drain();
    const [mail] = (await ask('GET', '/api/mailbox?search=Framed')).body.items;
    const { html: sent } = (await ask('GET', `/api/mailbox/${mail.id}`)).body;
    expect(sent).toMatch(/Dear Ann &amp; Co[\s\S]*before <a href="http[^"]+\/u\//);
  });

  test('are their workspace’s own', async () => {
    await put('secret', 'ours');
    const problems = await t.delivery.checkTemplate(randomUUID(), letter({ html: '{% render "secret" %}' }));
    expect(problems).toMatchObject([{ message: 'There is no template part "secret".' }]);
  });
});

describe('a test send', () => {
  const send = (more: object) =>
    ask('POST', '/api/templates/test', { ...letter(), to: 'me@shop.example', ...more });

  test('sends what the preview shows, and is in no ledger', async () => {
    const html = `<p>Dear {{ person.first_name }}</p>${link}`;
    const { status, body } = await send({ subject: 'For {{ person.first_name }}', html, person_id: 'ann' });
    expect(status).toBe(200);
    expect(body.account).toMatchObject({ kind: 'dev' });
    const mails = (await ask('GET', '/api/mailbox?search=me@shop.example')).body.items;
    expect(mails).toMatchObject([
      { to: 'me@shop.example', subject: 'For Ann & Co', message_id: body.message_id, email_id: null },
    ]);
    const mail = (await ask('GET', `/api/mailbox/${mails[0].id}`)).body;
    expect(mail.html).toContain('Dear Ann &amp; Co');
    expect(mail.headers).toContainEqual({
      name: 'List-Unsubscribe-Post',
      value: 'List-Unsubscribe=One-Click',
    });
    expect((await ask('GET', '/api/emails?search=me@shop.example')).body.items).toEqual([]);
  });

  test('is refused where it cannot be made, or the address is suppressed', async () => {
    expect(await send({ html: '{% if %}' })).toMatchObject({
      status: 400,
      body: { error: { field: 'html' } },
    });
    expect(await send({ html: '<mjml></mjml>' })).toMatchObject({
      status: 400,
      body: { error: { field: 'html' } },
    });
    expect(await send({ subject: ' ' })).toMatchObject({
      status: 400,
      body: { error: { field: 'subject' } },
    });
    expect(await send({ to: 'nobody' })).toMatchObject({ status: 400 });
    expect(await send({ account: randomUUID() })).toMatchObject({ status: 404 });
    await ask('POST', '/api/suppressions', { address: 'never@shop.example' });
    expect(await send({ to: 'Never@shop.example' })).toMatchObject({
      status: 409,
      body: { error: { code: 'suppressed' } },
    });
  });
});
