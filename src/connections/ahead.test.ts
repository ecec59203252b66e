import { expect, test } from 'vitest';
import { ahead } from './ahead.ts';

const turn = () => new Promise((done) => setImmediate(done));
const turns = async (n: number) => {
  for (let i = 0; i < n; i++) await turn();
};

/** Pages of one number; tells how many were asked for, and whether it was ended. */
function counting(pages: number, failsAt = Number.POSITIVE_INFINITY) {
  const so = { asked: 0, ended: false };
  async function* read(): AsyncGenerator<number[], string> {
    try {
      for (let n = 1; n <= pages; n++) {
        so.asked++;
        await turn();
        if (n === failsAt) throw new Error(`page ${n}`);
        yield [n];
      }
      return 'the end';
    } finally {
      so.ended = true;
    }
  }
  return { so, read: read() };
}

test('everything comes once and in order, together where it is there, and the end with it', async () => {
  const { read } = counting(20);
  const groups = ahead(read, 5, (n) => n * 10);
  const got: number[][] = [];
  for (;;) {
    const next = await groups.next();
    if (next.done) {
      expect(next.value).toBe('the end');
      break;
    }
    got.push(next.value);
    await turns(30);
  }
  expect(got.flat()).toEqual(Array.from({ length: 20 }, (_, n) => (n + 1) * 10));
  expect(Math.max(...got.map(({ length }) => length))).toBe(5);
});

test('no more is read ahead than it may be', async () => {
  const { so, read } = counting(100);
  const groups = ahead(read, 3, (n) => n);
  await groups.next();
  await turns(50);
  expect(so.asked).toBeLessThanOrEqual(1 + 3);
  await groups.return(undefined as never);
  expect(so.ended).toBe(true);
});

test('what was read before it failed is given, then it fails', async () => {
  const { so, read } = counting(10, 4);
  const groups = ahead(read, 5, (n) => n);
  const got: number[] = [];
  await expect(
    (async () => {
      for (;;) {
        const next = await groups.next();
        if (next.done) return;
        got.push(...next.value);
        await turns(20);
      }
    })(),
  ).rejects.toThrow('page 4');
  expect(got).toEqual([1, 2, 3]);
  expect(so.ended).toBe(true);
});

test('what cannot be made of one fails like a page', async () => {
  const { so, read } = counting(3);
  const groups = ahead(read, 5, () => {
    throw new Error('not to be mapped');
  });
  await expect(groups.next()).rejects.toThrow('not to be mapped');
  expect(so.ended).toBe(true);
});
