import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { readActivity } from './activity.ts';

/** How users are divided into buckets that ascend with the bytes of the user. */
export interface Buckets {
  /** Hex of the bytes most users begin with. */
  prefix: string;
  /** The 8 bytes after the prefix, as a number, at which buckets begin; ascending, the first is 0. */
  bounds: string[];
}

const most = 256;
const places = 256;

/**
 * Divides by a sample of the file's users, taken at places spread evenly over it. Where the sample misleads, buckets
 * are of uneven size, which `answer.ts` evens out: the division costs time, never rightness.
 */
export function sampleBuckets(path: string): Buckets {
  const users = sampleUsers(path)
    .map((user) => Buffer.from(user))
    .sort((a, b) => a.compare(b));
  const cuts = Array.from(
    { length: most - 1 },
    (_, n) => users[Math.floor(((n + 1) * users.length) / most)],
  ).filter((user) => user !== undefined);
  const prefix = commonStart(cuts[0] ?? Buffer.alloc(0), cuts.at(-1) ?? Buffer.alloc(0));
  const bounds = new Set([0n]);
  for (const cut of cuts) {
    const next = Buffer.alloc(8);
    cut.copy(next, 0, prefix.length);
    bounds.add(next.readBigUInt64BE());
  }
  return { prefix: prefix.toString('hex'), bounds: [...bounds].map(String) };
}

/** The bucket of the column `user`, as SQL. Of a user without the prefix it is the first or the last. */
export function bucketExpression({ prefix, bounds }: Buckets): string {
  const start = `unhex('${prefix}')`;
  const next = `substring(user, ${prefix.length / 2 + 1}, 8)`;
  const number = `byteSwap(reinterpretAsUInt64(toFixedString(${next}, 8)))`;
  const largest = bounds.at(-1);
  return `roundDown(
        multiIf(startsWith(user, ${start}), ${number}, user < ${start}, 0, ${largest}),
        CAST([${bounds.join(', ')}], 'Array(UInt64)')
    )`;
}

function commonStart(a: Buffer, b: Buffer): Buffer {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length++;
  return a.subarray(0, length);
}

function sampleUsers(path: string): string[] {
  const { size } = statSync(path);
  const piece = Buffer.alloc(Math.min(32_768, size));
  const users: string[] = [];
  const fd = openSync(path, 'r');
  try {
    const step = Math.max(piece.length, Math.floor(size / places));
    for (let at = 0; at < size && piece.length > 0; at += step) {
      const bytes = piece.subarray(0, readSync(fd, piece, 0, piece.length, at));
      let from = at === 0 ? 0 : bytes.indexOf(10) + 1;
      for (let to = bytes.indexOf(10, from); to >= 0; to = bytes.indexOf(10, from)) {
        const activity = readActivity(bytes.subarray(from, to));
        if ('user' in activity) users.push(activity.user);
        from = to + 1;
      }
    }
  } finally {
    closeSync(fd);
  }
  return users;
}
