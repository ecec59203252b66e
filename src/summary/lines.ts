/**
 * The lines of a stream of bytes, without their line feeds (a carriage return before it is white space to JSON). A last
 * line needs no line feed; after the last line feed there is no line. A byte order mark at the start is left out.
 */
export async function* linesOf(pieces: AsyncIterable<Buffer> | Iterable<Buffer>): AsyncGenerator<Buffer> {
  let rest: Buffer[] = [];
  for await (const piece of withoutMark(pieces)) {
    let from = 0;
    for (let at = piece.indexOf(10); at >= 0; at = piece.indexOf(10, from)) {
      const line = piece.subarray(from, at);
      if (rest.length > 0) {
        yield Buffer.concat([...rest, line]);
        rest = [];
      } else yield line;
      from = at + 1;
    }
    if (from < piece.length) rest.push(piece.subarray(from));
  }
  if (rest.length > 0) yield Buffer.concat(rest);
}

const mark = Buffer.from([0xef, 0xbb, 0xbf]);

/** Leaves out a byte order mark at the start. */
export async function* withoutMark(pieces: AsyncIterable<Buffer> | Iterable<Buffer>): AsyncGenerator<Buffer> {
  let start: Buffer | undefined = Buffer.alloc(0);
  for await (const piece of pieces) {
    if (!start) {
      yield piece;
      continue;
    }
    start = Buffer.concat([start, piece]);
    if (start.length < mark.length) continue;
    yield start.subarray(0, 3).equals(mark) ? start.subarray(3) : start;
    start = undefined;
  }
  if (start) yield start;
}
