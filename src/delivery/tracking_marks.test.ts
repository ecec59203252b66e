import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileTemplate } from './templates.ts';

const unsubscribe = 'https://rapport.example/u/x.y';
const variables = {
  person: { id: '1', email: 'a@example.com', link: 'https://shop.example/p?a=1&b="2"', name: 'A<b>' },
  workspace: { name: 'Shop' },
  campaign: { name: 'C' },
  unsubscribe_url: unsubscribe,
};
const versionOf = (html: string, parts: Record<string, string> = {}) => ({ subject: 'S', html, parts });

/** What the links of a body lead to once they are written anew, with the body. */
function followed(html: string, parts?: Record<string, string>) {
  const urls: string[] = [];
  const rendered = compileTemplate(versionOf(html, parts), 'UTC', true).render(variables, ({ url }) => {
    urls.push(url);
    return 'T';
  });
  expect(JSON.stringify(rendered)).not.toContain('\\u0001');
  return { urls, ...rendered };
}
const plainly = (html: string, parts?: Record<string, string>) =>
  compileTemplate(versionOf(html, parts), 'UTC').render(variables);

describe('links of an email', () => {
  test('are found where they are constant, made by Liquid, or half and half', () => {
    const { urls, html, text } = followed(
      `<p><a class=x href="https://shop.example/?utm_source=mail&amp;b=2" title='>'>one</a>
       <A HREF='{{ person.link | default: "https://shop.example/'x'" }}'>two</A>
       <a href="https://shop.example/{{ person.id }}/{% if person.id %}yes{% endif %}">three</a></p>
       <map><area href="http://shop.example/map"/></map>`,
    );
    expect(urls).toEqual([
      'https://shop.example/?utm_source=mail&b=2',
      'https://shop.example/p?a=1&b="2"',
      'https://shop.example/1/yes',
      'http://shop.example/map',
    ]);
    expect(html).toContain('<a class=x href="T" title=\'>\'>one</a>');
    expect(html).toContain("<A HREF='T'>two</A>");
    expect(text).toContain('one (https://shop.example/?utm_source=mail&b=2)');
    expect(text).toContain('three (https://shop.example/1/yes)');
  });

  test('in parts, layouts and loops count too; each time they are shown', () => {
    const parts = {
      footer: '<a href="https://shop.example/imprint">{{ workspace.name }}</a>',
      shop: '<body>{% block "content" %}{% endblock %}<a href="https://shop.example/top">Top</a></body>',
    };
    const { urls } = followed(
      '{% layout "shop" %}{% block "content" %}{% for n in (1..2) %}<a href="https://shop.example/{{ n }}">{{ n }}</a>{% render "footer" %}{% endfor %}{% endblock %}',
      parts,
    );
    expect(urls).toEqual([
      ...['https://shop.example/1', 'https://shop.example/imprint', 'https://shop.example/2'],
      ...['https://shop.example/imprint', 'https://shop.example/top'],
    ]);
  });

  test('stay as they are where they lead to no page, are said not to be followed, or may be a text', () => {
    const html = `<a href="mailto:a@b.example">1</a><a href="tel:+1">2</a><a href="#top">3</a><a href="/x">4</a>
      <a href="https://shop.example/a" data-no-track>5</a><a data-no-track="" href="https://shop.example/b">6</a>
      <a href="https://">7</a><link href="https://shop.example/c"><!-- <a href="https://shop.example/d"> -->
      <a href=https://shop.example/e>8</a><a href>9</a><a href="{{ person.name }}">10</a>
      {% capture link %}<a href="https://shop.example/f">11</a>{% endcapture %}{{ link | truncate: 20 }}
      {{ '<a href="https://shop.example/g">12</a>' | raw }}`;
    const { urls, ...rendered } = followed(html);
    expect(urls).toEqual([]);
    expect(rendered).toEqual(plainly(html));
  });

  test('whatever a template is made of, it says the same but for its links', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        ...[
          '<a href="',
          "<a href='",
          '">',
          "'>",
          '</a>',
          '<p>',
          '<',
          '>',
          '<!--',
          '-->',
          ' href=',
          '=',
          '"',
          "'",
        ],
        ...[
          '{{ person.link }}',
          '{{ person.name }}',
          '{% if person.id %}',
          '{% endif %}',
          ' data-no-track',
          'a&amp;b',
        ],
        ...[
          'https://shop.example/',
          'https://shop.example/?a=1&amp;b',
          '<script>',
          '</script>',
          '<area ',
          '\n',
          '🎈',
        ],
      ),
      fc.string({ maxLength: 5 }).map((text) => text.replace(/[{%]/g, '')),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 25 }), (pieces) => {
        const open = pieces.filter((one) => one.startsWith('{% if')).length;
        const html = pieces.filter((one) => one !== '{% endif %}').join('') + '{% endif %}'.repeat(open);
        const marked = compileTemplate(versionOf(html), 'UTC', true);
        expect(marked.render(variables)).toEqual(plainly(html));
        expect(marked.render(variables, ({ written }) => written)).toEqual(plainly(html));
      }),
      { numRuns: 300 },
    );
  });
});
