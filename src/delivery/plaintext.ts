const named: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  copy: '©',
  reg: '®',
  trade: '™',
  euro: '€',
  pound: '£',
  cent: '¢',
  hellip: '…',
  ndash: '–',
  mdash: '—',
  lsquo: '‘',
  rsquo: '’',
  ldquo: '“',
  rdquo: '”',
  laquo: '«',
  raquo: '»',
  bull: '•',
  middot: '·',
  zwnj: '',
  shy: '',
};

const decode = (text: string) =>
  text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,8}));/gi, (whole, decimal, hex, name) => {
    if (name) return named[name.toLowerCase()] ?? whole;
    const code = decimal ? Number(decimal) : Number.parseInt(hex, 16);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });

/** Elements whose content is not for reading. */
const unread = new Set(['head', 'style', 'script', 'title', 'template']);
/** Elements that stand on lines of their own, with the number of line ends before and after. */
const breaks: Record<string, number> = {
  p: 2,
  h1: 2,
  h2: 2,
  h3: 2,
  h4: 2,
  h5: 2,
  h6: 2,
  ul: 2,
  ol: 2,
  table: 2,
  blockquote: 2,
  hr: 2,
  div: 1,
  tr: 1,
  li: 1,
  section: 1,
  article: 1,
  header: 1,
  footer: 1,
  center: 1,
}; // prettier-ignore

/**
 * The plain-text alternative of an HTML email: the words in their order, blocks on lines of their own,
 * links as `words (https://…)`. One pass over the text, so its time grows with the length alone.
 */
export function plainText(html: string): string {
  let out = '';
  let skipping: string | undefined;
  const links: { href: string; from: number }[] = [];
  const say = (text: string) => {
    if (skipping || !text) return;
    const words = decode(text.replace(/[ \t\r\n]+/g, ' '));
    out += /\s$/.test(out) || out === '' ? words.replace(/^ /, '') : words;
  };
  const feed = (lines: number) => {
    out = out.replace(/ +$/, '');
    for (let had = /\n*$/.exec(out)![0].length; out && had < lines; had++) out += '\n';
  };

  let at = 0;
  while (at < html.length) {
    const open = html.indexOf('<', at);
    if (open < 0) break;
    say(html.slice(at, open));
    const comment = html.startsWith('<!--', open);
    const close = html.indexOf(comment ? '-->' : '>', open);
    if (close < 0) {
      at = html.length;
      break;
    }
    at = close + (comment ? 3 : 1);
    const tag = comment ? null : /^<(\/?)([a-z][a-z0-9]*)/i.exec(html.slice(open, open + 32));
    if (!tag) continue;
    const name = tag[2]!.toLowerCase();
    const ending = tag[1] === '/';
    if (unread.has(name)) {
      if (!ending && !skipping) skipping = name;
      else if (ending && skipping === name) skipping = undefined;
      continue;
    }
    if (skipping) continue;
    if (name === 'br') out = `${out.replace(/ +$/, '')}\n`;
    else if (name === 'a') link(ending, html.slice(open, close + 1));
    else if (breaks[name]) {
      feed(breaks[name]);
      if (name === 'li' && !ending) out += '- ';
    } else if ((name === 'td' || name === 'th') && ending) say(' ');
  }
  say(html.slice(at));
  return out.replace(/\n{3,}/g, '\n\n').trim();

  function link(ending: boolean, tag: string) {
    if (!ending) {
      const href = /\shref\s*=\s*(?:"([^"]*)"|'([^']*)')/i.exec(tag);
      links.push({ href: decode(href?.[1] ?? href?.[2] ?? '').trim(), from: out.length });
      return;
    }
    const started = links.pop();
    if (!started || !/^(https?|mailto):/i.test(started.href)) return;
    const words = out.slice(started.from).trim();
    if (words !== started.href) out += words ? ` (${started.href})` : started.href;
  }
}
