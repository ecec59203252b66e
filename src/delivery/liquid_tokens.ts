import { type Token as Parsed, TagToken, Tokenizer, TokenKind } from 'liquidjs';

/** A piece of a Liquid source: `words` are everything between Liquid. */
export interface Piece {
  kind: 'words' | 'output' | 'tag';
  /** As it is written. */
  text: string;
  /** Where it begins, from 1. */
  line: number;
  /** Of a tag. */
  name: string;
  args: string;
}

/** What a tag takes from the workspace's list of parts; `name` is undefined where it is not written in quotes. */
export interface Use {
  name: string | undefined;
  line: number;
  text: string;
}

const kinds: Record<number, Piece['kind']> = { [TokenKind.Tag]: 'tag', [TokenKind.Output]: 'output' };

/** Splits a source. @throws liquidjs' error where Liquid does not end */
export function piecesOf(source: string): Piece[] {
  let line = 1;
  return new Tokenizer(source).readTopLevelTokens().map((token: Parsed) => {
    const text = source.slice(token.begin, token.end);
    const { name = '', args = '' } = token instanceof TagToken ? token : {};
    const piece = { kind: kinds[token.kind] ?? 'words', text, line, name, args };
    line += linesIn(text);
    return piece;
  });
}

export const linesIn = (text: string): number => text.split('\n').length - 1;

/** The name in quotes that a tag's arguments begin with. */
export const quoted = (args: string): string | undefined =>
  /^\s*(?:"([^"]*)"|'([^']*)')/
    .exec(args)
    ?.slice(1)
    .find((name) => name !== undefined);

const takes = /^(render|include|layout)$/;

/** Every tag of the source that takes a part, those within `{% liquid %}` included, those in comments not. */
export function usesOf(source: string): Use[] {
  const uses: Use[] = [];
  let comments = 0;
  for (const { kind, name, args, line, text } of piecesOf(source)) {
    if (kind !== 'tag') continue;
    if (name === 'comment') comments += 1;
    else if (name === 'endcomment') comments -= 1;
    else if (comments > 0) continue;
    else if (takes.test(name)) add(args, line, text);
    else if (name === 'liquid') {
      const first = line + linesIn(text.slice(0, text.indexOf(args)));
      for (const [at, one] of args.split('\n').entries()) {
        const tag = /^\s*(\w+)\s*(.*)$/.exec(one);
        if (tag && takes.test(tag[1]!)) add(tag[2]!, first + at, one.trim());
      }
    }
  }
  return uses;

  function add(args: string, line: number, text: string) {
    // `{% layout none %}` is how liquidjs says that there is none.
    if (args.trim() !== 'none') uses.push({ name: quoted(args), line, text });
  }
}
