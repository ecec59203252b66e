import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { escapeHtml } from '../liquid.ts';
import type { Parts } from '../schema.ts';
import { compileTemplate } from '../templates.ts';
import { makeHtml } from './compiler.ts';
import { compileMjml } from './index.ts';
import { verbatim } from './places.ts';

const mjml = (body: string, head = '') =>
  `<mjml>${head && `<mj-head>${head}</mj-head>`}<mj-body><mj-section><mj-column>${body}</mj-column></mj-section></mj-body></mjml>`;

async function faultsOf(source: string, parts: Parts = {}) {
  return (await compileMjml(source, parts))!.faults;
}

async function render(source: string, person: Record<string, unknown> = {}, parts: Parts = {}) {
  const compiled = (await compileMjml(source, parts))!;
  expect(compiled.faults).toEqual([]);
  const version = { subject: 'x', html: compiled.html, parts: compiled.parts };
  const variables = {
    workspace: { name: 'Shop' },
    campaign: { name: 'C' },
    unsubscribe_url: 'https://u.example',
  };
  return compileTemplate(version).render({ person, ...variables });
}

describe('MJML', () => {
  test('HTML is left alone', async () => {
    expect(await compileMjml('<p>{{ person.name }}</p>', {})).toBeUndefined();
    expect(await compileMjml('{% assign a = "<mjml>" %}<p>x</p>', {})).toBeUndefined();
  });

  test('Liquid of any values gives the escaped values, in texts, values and between elements', async () => {
    const source = mjml(
      `{% for item in person.items %}<mj-text color="{{ person.color }}">[{{ item | default: "none" }}]</mj-text>{% endfor %}
       <mj-button href="https://shop.example/{{ "?q=" | append: person.name | raw }}{% if person.name %}&amp;a{% endif %}">{{ person.name }}</mj-button>
       {% if person.vip %}<mj-raw><tr title="{{ person.name }}"></tr></mj-raw>{% endif %}`,
      '<mj-title>{{ workspace.name }}</mj-title><mj-style inline="inline">.a { color: {{ person.color }} }</mj-style>',
    );
    const compiled = (await compileMjml(source, {}))!;
    expect(compiled.faults).toEqual([]);
    const ready = compileTemplate({ subject: 'x', html: compiled.html, parts: compiled.parts });
    const words = fc.string({ minLength: 1, unit: 'binary' });
    fc.assert(
      fc.property(words, fc.array(words, { maxLength: 4 }), fc.boolean(), (name, items, vip) => {
        const { html } = ready.render({
          person: { name, items, vip, color: 'teal' },
          workspace: { name: 'A & B' },
          campaign: { name: '' },
          unsubscribe_url: '',
        });
        const shown = [...html.matchAll(/color:teal;"\n?>\[([\s\S]*?)\]<\/div>/g)].map((found) => found[1]);
        expect(shown).toEqual(items.map(escapeHtml));
        expect(html).toContain(`href="https://shop.example/?q=${name}&amp;a"`);
        expect(html.includes(`<tr title="${escapeHtml(name)}">`)).toBe(vip);
        expect(html).toContain('<title>A &amp; B</title>');
        expect(html).not.toMatch(/lq[0-9a-f]{10}n/);
      }),
    );
  });

  test('Liquid around it stays around it', async () => {
    const source = `{% if person.a %}\n${mjml('<mj-text>A</mj-text>')}\n{% else %}B{% endif %}`;
    expect((await render(source, { a: true })).text).toBe('A');
    expect((await render(source)).text).toBe('B');
  });

  test('raw Liquid and comments stay as they are', async () => {
    const { html } = await render(
      mjml('<mj-text>{% raw %}{{ x }}{% endraw %}{% comment %}<mj-text>{% endcomment %}|</mj-text>'),
    );
    expect(html).toContain('>{{ x }}|<');
  });

  test('faults are told with their lines', async () => {
    expect(
      await faultsOf(
        '<mjml>\n<mj-body>\n<mj-section>\n<mj-column width="{{ person.w }}">\n<mj-nope/>\n</mj-column></mj-section></mj-body></mjml>',
      ),
    ).toEqual([
      {
        part: null,
        line: 4,
        message: expect.stringContaining('invalid value: {{ person.w }} for type Unit'),
      },
      { part: null, line: 5, message: expect.stringContaining("mj-nope doesn't exist") },
    ]);
    expect(await faultsOf(mjml('\nwords\n{{ x }}'))).toMatchObject([{ line: 2 }, { line: 3 }]);
    expect(await faultsOf(mjml('<mj-text {% if a %}color="red"{% endif %}>x</mj-text>'))).toMatchObject([
      { line: 1, message: expect.stringContaining('{% if a %}') },
    ]);
    expect(await faultsOf('<mjml></mjml>')).toMatchObject([
      { message: expect.stringContaining('Malformed') },
    ]);
    expect(await faultsOf('<mjml>{% if a %}<mj-body></mj-body>{% endif %}</mjml>')).toMatchObject([
      { message: 'MJML leaves out {% if a %} here.' },
      { message: 'MJML leaves out {% endif %} here.' },
    ]);
  });

  test('reads no files and fetches no typefaces', async () => {
    const { html } = await render(mjml('<mj-include path="/etc/passwd" type="html" /><mj-text>x</mj-text>'));
    expect(html).not.toContain('root:');
    expect(html).not.toContain('googleapis');
  });

  test('what is too large or too deep is refused, in time', async () => {
    const section = '<mj-section><mj-column><mj-text>Words</mj-text></mj-column></mj-section>';
    const started = performance.now();
    for (const body of [section.repeat(1_500), '<mj-wrapper>'.repeat(10_000), section.repeat(5_000)]) {
      expect(await faultsOf(`<mjml><mj-body>${body}</mj-body></mjml>`)).toHaveLength(1);
    }
    expect(performance.now() - started).toBeLessThan(30_000);
    // And the next one is made as ever.
    expect((await render(mjml('<mj-text>fine</mj-text>'))).text).toBe('fine');
  });

  test('what takes too long is stopped', async () => {
    const rules = '.a{color:red}'.repeat(7_000);
    const slow = mjml('<mj-text>x</mj-text>'.repeat(1_000), `<mj-style inline="inline">${rules}</mj-style>`);
    const started = performance.now();
    const next = makeHtml(mjml('<mj-text>next</mj-text>'));
    expect(await makeHtml(slow, 500)).toEqual({
      html: '',
      errors: [{ line: null, message: 'MJML was not done after 0.5 seconds.' }],
    });
    const [made, after] = [await next, await makeHtml(mjml('<mj-text>after</mj-text>'))];
    expect([made.errors, after.errors]).toEqual([[], []]);
    expect(performance.now() - started).toBeLessThan(8_000);
  });

  test('the elements it hands on as they are, are those known here', () => {
    const preset = createRequire(import.meta.url)('mjml-preset-core') as {
      components: { componentName?: string; endingTag?: boolean }[];
    };
    const ending = preset.components.filter((one) => one.endingTag).map((one) => one.componentName);
    expect([...verbatim].toSorted()).toEqual([...ending, 'mj-html-attribute'].toSorted());
  });
});

describe('parts of MJML', () => {
  const footer =
    '<mj-section><mj-column><mj-text>{{ shop }}: {{ person.name }}</mj-text></mj-column></mj-section>';
  const frame = `<mjml><mj-body>
    <mj-section><mj-column><mj-text>Logo</mj-text></mj-column></mj-section>
    {% block "content" %}<mj-section><mj-column><mj-text>Nothing yet</mj-text></mj-column></mj-section>{% endblock %}
    {% render "footer", shop: "Here" %}</mj-body></mjml>`;
  const text = (body: string) => `<mj-section><mj-column><mj-text>${body}</mj-text></mj-column></mj-section>`;

  test('are rendered where they stand, with what they are handed', async () => {
    const source = `<mjml><mj-body>{% for shop in person.shops %}{% render "footer", shop: shop %}{% endfor %}</mj-body></mjml>`;
    const person = { name: 'Ann & Co', shops: ['A', 'B'] };
    expect((await render(source, person, { footer })).text).toMatch(/^A: Ann & Co\s+B: Ann & Co$/);
  });

  test('a layout gets the blocks of the email', async () => {
    const source = `{% layout "shop" %}{% assign greeting = "Hello" %}{% block content %}${text('{{ greeting }} {{ person.name }}')}{% endblock %}`;
    const all = { shop: frame, footer };
    const words = async (given: string) => (await render(given, { name: 'Ann' }, all)).text.split(/\s*\n\s*/);
    expect(await words(source)).toEqual(['Logo', 'Hello Ann', 'Here: Ann']);
    expect(await words('{% layout "shop" %}')).toEqual(['Logo', 'Nothing yet', 'Here: Ann']);
    expect(await faultsOf('{% layout "shop" %}\n{% block contents %}{% endblock %}', all)).toEqual([
      { part: null, line: 2, message: 'The layout has no block "contents".' },
    ]);
  });

  test('their faults name them and their lines', async () => {
    const source = '<mjml><mj-body>\n\n{% render "bad" %}</mj-body></mjml>';
    expect(await faultsOf(source, { bad: '<mj-section>\n<mj-nope/>\n</mj-section>' })).toMatchObject([
      { part: 'bad', line: 2, message: expect.stringContaining('mj-nope') },
    ]);
    expect(await faultsOf(source, { bad: '<mj-section></mj-section>{% render "bad" %}' })).toMatchObject([
      { part: 'bad', line: 1, message: expect.stringContaining('renders itself') },
    ]);
    expect(await faultsOf(mjml('<mj-text>{% render "footer" %}</mj-text>'), { footer })).toMatchObject([
      { message: expect.stringContaining('between MJML elements only') },
    ]);
  });
});
