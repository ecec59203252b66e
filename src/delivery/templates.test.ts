import { describe, expect, test } from 'vitest';
import { plainText } from './plaintext.ts';
import { compileTemplate, versionId } from './templates.ts';

const variables = {
  person: {
    id: '1',
    email: 'a@example.com',
    first_name: 'Tom & <Ann>',
    spent: 12.5,
    since: '2026-01-31T23:30:00Z',
  },
  workspace: { name: 'Shop' },
  campaign: { name: 'C' },
  unsubscribe_url: 'https://example.com/u/x.y',
};
const render = (subject: string, html = 'x', text?: string, timezone?: string) =>
  compileTemplate({ subject, html, text, parts: {} }, timezone).render(variables);

describe('templates', () => {
  test('HTML is escaped, subject and text are not', () => {
    const { subject, html, text } = render(
      '{{ person.first_name }}',
      '<b>{{ person.first_name }}</b>{{ person.first_name | escape }}{{ "<i>" | raw }}{{ person.nothing }}',
      '{{ person.first_name }}',
    );
    expect(subject).toBe('Tom & <Ann>');
    expect(html).toBe('<b>Tom &amp; &lt;Ann&gt;</b>Tom &amp; &lt;Ann&gt;<i>');
    expect(text).toBe('Tom & <Ann>');
  });

  test('a subject is one line; missing values have defaults; dates are in the time zone', () => {
    expect(render('a\r\nBcc: x@example.com').subject).toBe('a Bcc: x@example.com');
    expect(render('{{ person.last_name | default: "there" }}').subject).toBe('there');
    expect(render('{{ person.since | date: "%d.%m. %H:%M" }}', 'x', undefined, 'Asia/Tokyo').subject).toBe(
      '01.02. 08:30',
    );
  });

  test('nothing outside the variables can be reached', () => {
    for (const source of [
      '{% include "/etc/passwd" %}',
      '{% render "package.json" %}',
      '{% layout "package.json" %}',
    ]) {
      expect(() => render(source)).toThrow();
    }
    expect(render('[{{ person.constructor }}{{ person.__proto__ }}]').subject).toBe('[]');
  });

  test('knows which attributes it needs', () => {
    const of = (subject: string) =>
      compileTemplate({ subject, html: '{{ person.b.c }}', parts: {} }).attributes;
    expect(of('{% if person.a %}{{ workspace.name }}{% endif %}')?.toSorted()).toEqual(['a', 'b']);
    expect(of('{% assign n = "x" %}{{ person[n] }}')).toBeUndefined();
    expect(of('{{ person }}')).toBeUndefined();
  });

  test('renders the parts it was saved with, for the person', () => {
    const version = {
      subject: 'a',
      html: '{% render "footer", shop: "here" %}{% render "footer", shop: person.first_name %}',
      parts: { footer: '<i>{{ person.email }} {{ shop }}</i>' },
    };
    const compiled = compileTemplate(version);
    expect(compiled.render(variables).html).toBe(
      '<i>a@example.com here</i><i>a@example.com Tom &amp; &lt;Ann&gt;</i>',
    );
    expect(compiled.attributes?.toSorted()).toEqual(['email', 'first_name']);
    expect(() => render('x', '{% render "footer" %}')).toThrow();
  });

  test('a layout takes the blocks of the email', () => {
    const parts = {
      shop: '<h1>{{ workspace.name }}</h1>{% block content %}-{% endblock %}{{ person.email }}',
    };
    const html =
      '{% layout "shop" %}{% block content %}{{ block.super }}{{ person.first_name }}{% endblock %}';
    expect(compileTemplate({ subject: 'a', html, parts }).render(variables).html).toBe(
      '<h1>Shop</h1>-Tom &amp; &lt;Ann&gt;a@example.com',
    );
  });

  test('a version is named by its content and its parts', () => {
    const version = { subject: 'a', html: 'b', parts: { x: '1', y: '2' } };
    expect(versionId(version)).toBe(versionId({ ...version, parts: { y: '2', x: '1' } }));
    expect(versionId(version)).not.toBe(versionId({ ...version, parts: { x: '1', y: '3' } }));
    expect(versionId(version)).not.toBe(versionId({ ...version, subject: 'ab', html: '' }));
  });
});

test('plain text keeps the words, lines and links', () => {
  const html = `<!doctype html><html><head><title>T</title><style>p{}</style></head><body><!-- no -->
    <h1>Hello&nbsp;Ann</h1><p>One &amp; two<br>three</p>
    <ul><li>first</li><li>second</li></ul>
    <table><tr><td>a</td><td>b</td></tr></table>
    <p>See <a class="b" href="https://example.com/?a=1&amp;b=2">our shop</a> or <a href="https://example.com">https://example.com</a>
    <a href="#top">top</a></p><script>alert(1)</script></body></html>`;
  expect(plainText(html)).toBe(
    [
      'Hello Ann',
      'One & two\nthree',
      '- first\n- second',
      'a b',
      'See our shop (https://example.com/?a=1&b=2) or https://example.com top',
    ].join('\n\n'),
  );
  expect(plainText('a < b <i>and</i>, <b>c</b> > d')).toBe('a < b and, c > d');
  const started = performance.now();
  plainText('<'.repeat(200_000));
  plainText('<a href="'.repeat(20_000));
  plainText('<p>'.repeat(50_000));
  plainText(' \n'.repeat(100_000));
  expect(performance.now() - started).toBeLessThan(2_000);
});
