import { type Piece, piecesOf, quoted } from '../liquid_tokens.ts';
import type { Parts } from '../schema.ts';
import {
  assemble,
  type Blocks,
  blockKey,
  blockName,
  endOf,
  type Fault,
  hasMjml,
  isMjml,
} from './assemble.ts';
import { makeHtml } from './compiler.ts';

export type { Fault } from './assemble.ts';

/** HTML with the Liquid of the source in it, and the parts it renders now. */
interface Compiled {
  html: string;
  parts: Parts;
  faults: Fault[];
}

/**
 * Compiles MJML, or a template whose layout is MJML, for any number of people: Liquid stays as it is, to be rendered for
 * each. Undefined when there is no MJML in it.
 */
export async function compileMjml(source: string, parts: Parts): Promise<Compiled | undefined> {
  const pieces = piecesOf(source);
  const layout = pieces.find(({ name }) => name === 'layout');
  const name = layout && quoted(layout.args);
  const frame = name === undefined ? undefined : parts[name];
  if (!layout || name === undefined || frame === undefined || !isMjml(frame)) {
    return isMjml(source) ? compile(source, null, parts, new Map()) : undefined;
  }
  const blocks = blocksOf(pieces);
  const { html, parts: made, faults } = await compile(frame, name, parts, blocks);
  const key = `${name}@layout`;
  const rest: Record<string, string> = { [key]: html };
  for (const [part, text] of Object.entries(made)) if (!part.startsWith('block ')) rest[part] = text;
  return {
    html: written(pieces, blocks, made, (piece) => (piece === layout ? renamed(piece, key) : piece.text)),
    parts: rest,
    faults: [...faults, ...misused(blocks, frame)],
  };
}

async function compile(source: string, part: string | null, parts: Parts, blocks: Blocks): Promise<Compiled> {
  const { mjml, before, after, faults, originOf, finish, restore } = assemble(source, part, parts, blocks);
  if (faults.length > 0) return { html: '', parts: {}, faults };
  const { html, errors } = await makeHtml(mjml);
  const wrong = errors
    // MJML writes a colour as it finds it: Liquid may make it.
    .filter(({ message }) => !(message.includes('for type Color') && restore(message) !== message))
    .map(({ line, message }) => ({ ...originOf(line), message: restore(message).trim() }));
  if (wrong.length > 0 || html === '') return { html: '', parts: {}, faults: wrong };
  const made = finish(tidy(html));
  const plain = Object.entries(parts).filter(([, text]) => !hasMjml(text));
  return {
    html: before + made.html + after,
    parts: { ...Object.fromEntries(plain), ...made.parts },
    faults: made.faults,
  };
}

/** MJML indents by dozens of spaces, half of what is sent; where white space is shown it stays. */
const tidy = (html: string) =>
  /<pre\b|white-space\s*:\s*pre/i.test(html) ? html : html.replace(/\n\s+/g, '\n');

function blocksOf(pieces: Piece[]): Blocks {
  const blocks = new Map<string, { opening: Piece; pieces: Piece[] }>();
  for (let at = 0; at < pieces.length; at += 1) {
    const opening = pieces[at]!;
    if (opening.name !== 'block') continue;
    const end = endOf(pieces, at);
    blocks.set(blockName(opening), { opening, pieces: pieces.slice(at + 1, end) });
    at = end;
  }
  return blocks;
}

/** The template again, in each block what was made of it. */
function written(pieces: Piece[], blocks: Blocks, made: Parts, textOf: (piece: Piece) => string): string {
  let html = '';
  for (let at = 0; at < pieces.length; at += 1) {
    const piece = pieces[at]!;
    if (piece.name === 'block' && blocks.get(blockName(piece))?.opening === piece) {
      html += `${piece.text}${made[blockKey(blockName(piece))] ?? ''}{% endblock %}`;
      at = endOf(pieces, at);
    } else html += textOf(piece);
  }
  return html;
}

const renamed = ({ text }: Piece, name: string) => text.replace(/(["'])(.*?)\1/, () => `"${name}"`);

function misused(blocks: Blocks, frame: string): Fault[] {
  const there = new Set(
    piecesOf(frame)
      .filter(({ name }) => name === 'block')
      .map(blockName),
  );
  return [...blocks].flatMap(([name, { opening, pieces }]) => {
    const at = { part: null, line: opening.line };
    if (!there.has(name)) return [{ ...at, message: `The layout has no block "${name}".` }];
    const above = pieces.find(({ text, kind }) => kind === 'output' && text.includes('block.super'));
    return above ? [{ ...at, line: above.line, message: 'A layout of MJML has no block.super.' }] : [];
  });
}
