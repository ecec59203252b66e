import { createHash } from 'node:crypto';
import { linesIn, type Piece, piecesOf, quoted } from '../liquid_tokens.ts';
import type { Parts } from '../schema.ts';
import { mostMjml } from './compiler.ts';
import { Places } from './places.ts';

/** Where something stands: in a part, or in the template itself. */
export interface Origin {
  part: string | null;
  line: number | null;
}
export interface Fault extends Origin {
  message: string;
}

/** MJML that is to become HTML of its own, to be rendered where it stands. */
interface Cut {
  part: string;
  /** The tag that takes its place: it renders what was cut out, under a name of its own. */
  tag: string;
}

/** One text of MJML, Liquid in it replaced by marks that MJML leaves alone. */
export interface Assembled {
  mjml: string;
  /** Liquid that stands before `<mjml>`, and behind `</mjml>`. */
  before: string;
  after: string;
  faults: Fault[];
  originOf(line: number | null): Origin;
  /** Puts Liquid back, and cuts out what is rendered apart. */
  finish(html: string): { html: string; parts: Record<string, string>; faults: Fault[] };
  /** Puts Liquid back into words about it. */
  restore(message: string): string;
}

const mostDeep = 10;
export const hasMjml = (source: string): boolean => /<mj-[a-z]/.test(source);

/** Whether a source is MJML as a whole, whatever Liquid stands before it. */
export const isMjml = (source: string): boolean =>
  /^\s*<mjml[\s>]/.test(
    piecesOf(source)
      .filter(({ kind }) => kind === 'words')
      .map(({ text }) => text)
      .join(''),
  );

/** Blocks that a template puts into its layout, by name. */
export type Blocks = ReadonlyMap<string, { opening: Piece; pieces: Piece[] }>;

/**
 * Makes one MJML of a source and the parts of MJML it renders, since columns know their widths only together.
 *
 * MJML drops text between its elements, checks values and moves both about. So each piece of Liquid becomes a word it
 * leaves alone: in texts and values the word itself, between elements an `mj-raw` with it.
 */
export function assemble(source: string, part: string | null, parts: Parts, blocks: Blocks): Assembled {
  const salt = `lq${createHash('sha256').update(source).digest('hex').slice(0, 10)}n`;
  const marks: { text: string; origin: Origin; tag: boolean }[] = [];
  const cuts: Cut[] = [];
  const faults: Fault[] = [];
  const origins: Origin[] = [{ part, line: 1 }];
  const places = new Places();
  let before = '';
  let after = '';
  let mjml = '';
  let lineBegins = true;

  walk(piecesOf(source), part, 0);
  if (mjml.length > mostMjml) {
    const message = `The MJML with its parts is longer than ${mostMjml / 1_000} kB.`;
    faults.push({ part, line: null, message });
  }
  return {
    mjml,
    before,
    after,
    faults,
    originOf: (line) => (line !== null && origins[line - 1]) || { part, line: null },
    finish,
    restore,
  };

  function walk(pieces: Piece[], from: string | null, depth: number): void {
    for (let at = 0; at < pieces.length; at += 1) {
      const piece = pieces[at]!;
      const origin = { part: from, line: piece.line };
      // Said once, at the end.
      if (mjml.length > mostMjml) return;
      if (piece.kind === 'words') words(piece.text, from, piece.line);
      else if (piece.name === 'block' && depth < mostDeep && blocks.has(blockName(piece))) {
        const { pieces: mine } = blocks.get(blockName(piece))!;
        const end = endOf(pieces, at);
        cut(mine, null, { part: blockKey(blockName(piece)), tag: `${piece.text}{% endblock %}` }, depth + 1);
        at = end;
      } else if (piece.name === 'render' || piece.name === 'include') taking(piece, origin, depth);
      else liquid(piece, origin);
    }
  }

  function taking(piece: Piece, origin: Origin, depth: number): void {
    const name = quoted(piece.args);
    const inner = name === undefined ? undefined : parts[name];
    if (name === undefined || inner === undefined || !hasMjml(inner)) liquid(piece, origin);
    else if (!places.between) {
      faults.push({
        ...origin,
        message: `The part "${name}" is of MJML: it can stand between MJML elements only.`,
      });
    } else if (depth >= mostDeep) {
      faults.push({
        ...origin,
        message: `The part "${name}" renders itself, or parts are nested more than ${mostDeep} deep.`,
      });
    } else {
      const key = `${name}@${cuts.length}`;
      const tag = piece.text.replace(/(["'])(.*?)\1/, () => `"${key}"`);
      cut(piecesOf(inner), name, { part: key, tag }, depth + 1);
    }
  }

  /** Writes pieces between two marks, between which they are cut out again. */
  function cut(pieces: Piece[], from: string | null, made: Cut, depth: number): void {
    const number = cuts.push(made) - 1;
    write(edge(`${salt}o${number}x`), from, null);
    walk(pieces, from, depth);
    write(edge(`${salt}c${number}x`), from, null);
  }

  function edge(mark: string): string {
    return places.between ? `<mj-raw>${mark}</mj-raw>` : mark;
  }

  function words(given: string, from: string | null, firstLine: number): void {
    let text = given;
    let line = firstLine;
    if (places.root === 'after') {
      after += text;
      return;
    }
    if (places.root === 'before') {
      const root = text.search(/<mjml[\s>]/i);
      before += root < 0 ? text : text.slice(0, root);
      if (root < 0) return;
      line += linesIn(text.slice(0, root));
      text = text.slice(root);
    }
    const lost = places.over(text);
    if (lost !== undefined) {
      const origin = { part: from, line: line + linesIn(text.slice(0, lost)) };
      faults.push({ ...origin, message: 'MJML shows no text here: put it into <mj-text>.' });
    }
    write(text, from, line);
  }

  function liquid(piece: Piece, origin: Origin): void {
    if (places.root !== 'within') {
      if (places.root === 'before') before += piece.text;
      else after += piece.text;
      return;
    }
    if (places.between && piece.kind === 'output') {
      faults.push({ ...origin, message: `MJML shows no text here: put ${piece.text} into <mj-text>.` });
    }
    const number = marks.push({ text: piece.text, origin, tag: piece.kind === 'tag' }) - 1;
    write(edge(`${salt}${number}x`), origin.part, piece.line);
  }

  /** Adds to the MJML, and notes for each of its lines where it comes from. */
  function write(text: string, from: string | null, line: number | null): void {
    if (lineBegins) origins[origins.length - 1] = { part: from, line };
    mjml += text;
    if (text !== '') lineBegins = text.endsWith('\n');
    for (let more = 1; more <= linesIn(text); more += 1) {
      origins.push({ part: from, line: line === null ? null : line + more });
    }
  }

  function restore(text: string): string {
    return text.replace(new RegExp(`${salt}(\\d+)x`, 'g'), (_, number) => marks[Number(number)]!.text);
  }

  function finish(given: string) {
    let html = given;
    const made: Record<string, string> = {};
    const lost: Fault[] = [];
    // Those within others come after them; so they are cut out first.
    for (const [number, { part: key, tag }] of [...cuts.entries()].reverse()) {
      const open = `${salt}o${number}x`;
      const close = `${salt}c${number}x`;
      const from = html.indexOf(open);
      const to = html.indexOf(close, from);
      if (from < 0 || to < 0) {
        lost.push({ part, line: null, message: `MJML leaves out ${tag}.` });
        continue;
      }
      made[key] = restore(html.slice(from + open.length, to)).trim();
      html = html.slice(0, from) + tag + html.slice(to + close.length);
    }
    for (const [number, { text, origin, tag }] of marks.entries()) {
      if (tag && !given.includes(`${salt}${number}x`)) {
        lost.push({ ...origin, message: `MJML leaves out ${text} here.` });
      }
    }
    return { html: restore(html), parts: made, faults: lost };
  }
}

/** liquidjs takes the first word, in quotes or not. */
export const blockName = ({ args }: Piece): string => /\w+/.exec(args)?.[0] ?? '';
export const blockKey = (name: string): string => `block ${name}`;

/** Where the block that begins at a piece ends. */
export function endOf(pieces: Piece[], from: number): number {
  let depth = 0;
  for (let at = from; at < pieces.length; at += 1) {
    const { name } = pieces[at]!;
    if (name === 'block') depth += 1;
    else if (name === 'endblock') depth -= 1;
    if (depth === 0) return at;
  }
  return pieces.length;
}
