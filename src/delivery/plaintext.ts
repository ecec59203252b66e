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

export const decode = (text: string) =>
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
  const out = new Lines();
  const links: { href: string; from: number }[] = [];
  let unreadIn: string | undefined;
  let at = 0;
  while (at < html.length) {
    const open = nextTag(html, at);
    if (!unreadIn) out.say(html.slice(at, open));
    const comment = html.startsWith('<!--', open);
    const close = html.indexOf(comment ? '-->' : '>', open);
    // A tag that never ends swallows the rest, as it does where HTML is shown.
    if (close < 0) break;
    at = close + (comment ? 3 : 1);
    const tag = comment ? null : /^<(\/?)([a-z][a-z0-9]*)/i.exec(html.slice(open, open + 32));
    if (!tag) continue;
    const name = tag[2]!.toLowerCase();
    const ending = tag[1] === '/';
    if (unreadIn) {
      if (ending && name === unreadIn) unreadIn = undefined;
    } else if (unread.has(name)) unreadIn = ending ? undefined : name;
    else if (name === 'br') out.newLine();
    else if (name === 'a') link(ending, html.slice(open, at));
    else if (breaks[name]) {
      out.endLines(breaks[name]);
      if (name === 'li' && !ending) out.say('- ');
    } else if (name === 'td' || name === 'th') out.say(' ');
  }
  return out.text();

  function link(ending: boolean, tag: string) {
    if (!ending) {
      const href = /\shref\s*=\s*(?:"([^"]*)"|'([^']*)')/i.exec(tag);
      links.push({ href: decode(href?.[1] ?? href?.[2] ?? '').trim(), from: out.length });
      return;
    }
    const started = links.pop();
    if (!started || !/^(https?|mailto):/i.test(started.href)) return;
    const words = out.since(started.from);
    if (words !== started.href) out.say(words ? ` (${started.href})` : started.href, true);
  }
}

/** Where the next tag or comment begins; a `<` that begins neither is a word. */
function nextTag(html: string, from: number): number {
  for (let open = html.indexOf('<', from); open >= 0; open = html.indexOf('<', open + 1)) {
    if (/[a-z/!?]/i.test(html[open + 1] ?? '')) return open;
  }
  return html.length;
}

/** Text in the making: white space and line ends are put in when more words follow. */
class Lines {
  readonly #parts: string[] = [];
  #space = false;
  #lines = 0;

  get length() {
    return this.#parts.length;
  }

  say(text: string, decoded = false) {
    const words = text.trim();
    if (/^\s/.test(text)) this.#space = true;
    if (!words) return;
    if (this.#parts.length > 0) {
      if (this.#lines > 0) this.#parts.push('\n'.repeat(this.#lines));
      else if (this.#space) this.#parts.push(' ');
    }
    const collapsed = words.replace(/[ \t\r\n]+/g, ' ');
    this.#parts.push(decoded ? collapsed : decode(collapsed));
    this.#lines = 0;
    this.#space = /\s$/.test(text.slice(-1));
  }

  newLine() {
    this.#lines = Math.min(2, this.#lines + 1);
  }

  endLines(count: number) {
    this.#lines = Math.max(this.#lines, count);
  }

  since(part: number) {
    return this.#parts.slice(part).join('').trim();
  }

  text() {
    return this.#parts.join('').trim();
  }
}
