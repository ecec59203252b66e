/**
 * Bytes of ids in one statement. A parameter is written into a statement that may have 256 KB, or into an address, of which a
 * server takes 128 KB for one value.
 */
const mostBytes = 100_000;

/** Ids as many as go into one statement, whatever they look like. */
export function* idBatches(ids: Iterable<string>): Generator<string[]> {
  let batch: string[] = [];
  let bytes = 0;
  for (const id of ids) {
    const size = sizeOf(id);
    if (batch.length > 0 && bytes + size > mostBytes) {
      yield batch;
      [batch, bytes] = [[], 0];
    }
    batch.push(id);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

/** With its quotes and comma; what has to be escaped is so twice. */
const sizeOf = (id: string): number => Buffer.byteLength(id) + 3 * (id.match(/['\\]/g) ?? []).length + 5;
