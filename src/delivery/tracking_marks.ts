import { randomBytes } from 'node:crypto';
import { QuoteType, Tokenizer } from 'htmlparser2';
import { piecesOf } from './liquid_tokens.ts';
import { decode } from './plaintext.ts';

/** A link of an email as it is written there, and where it leads. */
export interface Link {
  /** The value of `href`, with entities. */
  written: string;
  url: string;
  /** The same within an address, in quotes of either kind. */
  encoded: string;
}

/**
 * Stands before and after each link in a marked source. No person's attribute can hold it, since it is another one in each
 * process.
 */
const mark = `\u0001${randomBytes(6).toString('hex')}\u0001`;

/** What a link that is written out in the template becomes between two marks is its number; any other begins with this. */
const open = '=';

/** Sources in which each link is marked, so that no HTML is read for each person. */
export function createMarks() {
  const constant: Link[] = [];

  function markOne(written: string, masked: string): string {
    if (masked !== written) return `${mark}${open}${written}${mark}`;
    const link = linkOf(written);
    return link ? `${mark}${constant.push(link) - 1}${mark}` : written;
  }

  return {
    /** Marks the links of a piece of Liquid that makes HTML. */
    mark(source: string): string {
      let marked = '';
      let at = 0;
      const masked = mask(source);
      for (const { from, to } of linksIn(masked)) {
        marked += source.slice(at, from) + markOne(source.slice(from, to), masked.slice(from, to));
        at = to;
      }
      return marked + source.slice(at);
    },

    /** Writes the links of what was rendered; without `write` as they were. */
    write(rendered: string, write?: (link: Link) => string): string {
      let at = rendered.indexOf(mark);
      if (at < 0) return rendered;
      let text = '';
      let done = 0;
      while (at >= 0) {
        const from = at + mark.length;
        const to = rendered.indexOf(mark, from);
        // Half of a pair: something made a text of it.
        if (to < 0) break;
        text += rendered.slice(done, at);
        const between = rendered.slice(from, to);
        if (between.startsWith(open)) {
          const written = between.slice(open.length);
          const link = write && linkOf(written);
          text += link ? write(link) : written;
        } else {
          const link = constant[Number(between)]!;
          text += write ? write(link) : link.written;
        }
        done = to + mark.length;
        at = rendered.indexOf(mark, done);
      }
      return text + rendered.slice(done).replaceAll(mark, '');
    },
  };
}

/** Undefined for what leads to no page: mailto, tel, a place in the email itself. */
function linkOf(written: string): Link | undefined {
  const url = decode(written).trim();
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) return undefined;
  return { written, url, encoded: encodeURIComponent(url.toWellFormed()).replaceAll("'", '%27') };
}

/** Liquid becomes as many harmless characters, so that HTML is found where it is; what is captured may be used as a text. */
function mask(source: string): string {
  let captured = 0;
  return piecesOf(source)
    .map(({ kind, name, text }) => {
      if (name === 'capture') captured += 1;
      if (name === 'endcapture') captured -= 1;
      if (kind === 'words' && captured === 0) return text;
      return (kind === 'output' ? 'x' : ' ').repeat(text.length);
    })
    .join('');
}

interface Range {
  from: number;
  to: number;
}

const nothing = () => {};

/** Where the values of `href` are, of links that may be followed up. */
function linksIn(html: string): Range[] {
  const found: Range[] = [];
  let links: Range[] | undefined;
  let name = '';
  let value: Range | undefined;
  const endTag = () => {
    if (links) found.push(...links);
    links = undefined;
  };
  const tokenizer = new Tokenizer(
    { xmlMode: false, decodeEntities: false },
    {
      onopentagname(from, to) {
        links = /^(a|area)$/i.test(html.slice(from, to)) ? [] : undefined;
      },
      onattribname(from, to) {
        name = html.slice(from, to).toLowerCase();
        value = undefined;
        if (name === 'data-no-track') links = undefined;
      },
      onattribdata(from, to) {
        value = { from: value?.from ?? from, to };
      },
      onattribend(quote) {
        // Without quotes nobody can say where Liquid ends it.
        if (links && name === 'href' && value && (quote === QuoteType.Single || quote === QuoteType.Double))
          links.push(value);
      },
      onopentagend: endTag,
      onselfclosingtag: endTag,
      ...{ onattribentity: nothing, oncdata: nothing, onclosetag: nothing, oncomment: nothing },
      ...{ ondeclaration: nothing, onend: nothing, onprocessinginstruction: nothing },
      ...{ ontext: nothing, ontextentity: nothing },
    },
  );
  tokenizer.write(html);
  tokenizer.end();
  return found;
}
