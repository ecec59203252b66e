import { describe, expect, test } from 'vitest';
import { plainText } from './plaintext.ts';
import { checkTemplate, compileTemplate, previewTemplate, templateId } from './templates.ts';

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
  compileTemplate({ subject, html, text }, timezone).render(variables);

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

  test('says where it does not parse', () => {
    expect(checkTemplate({ subject: 'ok', html: '<p>\n{% if %}', text: '{{ x | nosuch }}' })).toEqual([
      { field: 'html', line: 2, message: expect.any(String) },
      { field: 'text', line: 1, message: 'undefined filter: nosuch' },
    ]);
    expect(checkTemplate({ subject: '', html: 'x' })).toMatchObject([{ field: 'subject', line: null }]);
    const preview = previewTemplate({ subject: 'Hi {{ person.first_name }}', html: '{% if %}' }, variables);
    expect(preview).toMatchObject({
      subject: 'Hi Tom & <Ann>',
      html: '',
      problems: [{ field: 'html', line: 1 }],
    });
  });

  test('knows which attributes it needs', () => {
    const of = (subject: string) => compileTemplate({ subject, html: '{{ person.b.c }}' }).attributes;
    expect(of('{% if person.a %}{{ workspace.name }}{% endif %}')?.toSorted()).toEqual(['a', 'b']);
    expect(of('{% assign n = "x" %}{{ person[n] }}')).toBeUndefined();
    expect(of('{{ person }}')).toBeUndefined();
  });

  test('is named by its content', () => {
    const template = { subject: 'a', html: 'b' };
    expect(templateId(template)).toBe(templateId({ ...template }));
    expect(templateId(template)).not.toBe(templateId({ subject: 'ab', html: '' }));
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
