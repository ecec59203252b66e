import { Parser } from 'htmlparser2';
import type { TemplateProblem } from './schema.ts';

/** Gmail shows no more of an email than this, in bytes; the rest, and the unsubscribe link in it, is behind a link. */
const clippedAt = 102 * 1024;
/** Links told one by one. */
const mostLinks = 20;

interface Email {
  subject: string;
  html: string;
  text: string;
}

/** Checks an email as a person would get it. Nothing is asked of the network. */
export function checkEmail(
  { html, text }: Email,
  { unsubscribe, textGiven, sources }: Asked,
): TemplateProblem[] {
  const problems: TemplateProblem[] = [];
  const say = (level: TemplateProblem['level'], message: string, field: 'html' | 'text' = 'html') =>
    void problems.push({ level, field, part: null, line: null, message });
  const { links, bare: bareHtml } = contentOf(html);
  const bare = bareHtml + sources.reduce((sum, source) => sum + contentOf(source).bareMjml, 0);

  if (html.trim() ? !links.some(({ href }) => href.trim() === unsubscribe) : !text.includes(unsubscribe)) {
    say('error', 'There is no link to unsubscribe. Add <a href="{{ unsubscribe_url }}">Unsubscribe</a>.');
  }
  const faults = [...new Set(links.flatMap(faultOf))];
  for (const message of faults.slice(0, mostLinks)) say('warning', message);
  if (faults.length > mostLinks) say('warning', `And ${faults.length - mostLinks} more links.`);
  const size = Buffer.byteLength(html);
  if (size > clippedAt) {
    say('warning', `The HTML has ${Math.ceil(size / 1024)} kB: Gmail cuts emails off after 102 kB.`);
  }
  if (bare > 0) {
    say(
      'hint',
      `${bare === 1 ? 'A picture has' : `${bare} pictures have`} no alt text, which is what people see while pictures are blocked.`,
    );
  }
  if (html.trim() && textGiven && !text.includes(unsubscribe)) {
    say('hint', 'The text part has no link to unsubscribe: {{ unsubscribe_url }}.', 'text');
  } else if (!textGiven && html.trim()) {
    say('hint', 'The text part is made from the HTML.', 'text');
  }
  return problems;
}

interface Asked {
  /** The link this email unsubscribes by. */
  unsubscribe: string;
  /** Whether the template has a text part of its own. */
  textGiven: boolean;
  /** The HTML or MJML it is made from: MJML gives pictures that say nothing the alt text of an ornament. */
  sources: readonly string[];
}
interface Link {
  href: string;
  words: string;
}

/** Links with their words, and how many pictures say nothing of themselves. */
function contentOf(html: string): { links: Link[]; bare: number; bareMjml: number } {
  const links: Link[] = [];
  let open: Link | undefined;
  let bare = 0;
  let bareMjml = 0;
  const parser = new Parser({
    onopentag(name, { href, alt }) {
      if (name === 'a' && href !== undefined) {
        open = { href, words: '' };
        links.push(open);
      }
      // An empty alt says that the picture is an ornament.
      if (name === 'img' && alt === undefined) bare += 1;
      if (/^mj-(carousel-)?image$/.test(name) && alt === undefined) bareMjml += 1;
      if (name === 'img' && open) open.words += alt || 'a picture';
    },
    ontext(text) {
      if (open) open.words += text;
    },
    onclosetag(name) {
      if (name === 'a') open = undefined;
    },
  });
  parser.end(html);
  return { links, bare, bareMjml };
}

/** Why nobody could follow a link. */
function faultOf({ href, words }: Link): string[] {
  const at = words.trim() ? `The link “${words.trim().replace(/\s+/g, ' ').slice(0, 60)}”` : 'A link';
  const address = href.trim();
  if (address === '' || address === '#') return [`${at} leads nowhere.`];
  if (address.startsWith('#')) return [];
  const [, scheme, rest] = /^([a-z][a-z0-9+.-]*):(.*)$/is.exec(address) ?? [];
  if (scheme === undefined)
    return [`${at} has no https:// before ${shown(address)}: in an email it leads nowhere.`];
  if (!['http', 'https', 'mailto', 'tel'].includes(scheme.toLowerCase())) {
    return [`${at} leads to ${shown(address)}: emails can link to http, https, mailto and tel.`];
  }
  return isFinished(scheme.toLowerCase(), rest!) ? [] : [`${at} is unfinished: ${shown(address)}.`];
}

/** Whether something stands where an address has its host, its mailbox or its digits. */
function isFinished(scheme: string, rest: string): boolean {
  if (scheme === 'mailto') return /^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(rest.split('?')[0]!);
  if (scheme === 'tel') return /\d/.test(rest);
  const url = URL.canParse(`${scheme}:${rest}`) ? new URL(`${scheme}:${rest}`) : undefined;
  return url !== undefined && /^\/\/[^/]/.test(rest) && !/\s|\{\{|\}\}|%7B%7B/i.test(rest);
}

const shown = (address: string) => JSON.stringify(address.slice(0, 100));
