import { openInput } from './input.ts';
import { linesOf } from './lines.ts';

export interface Difference {
  line: number;
  /** Undefined where the file has ended. */
  expected: string | undefined;
  found: string | undefined;
}

/** Compares two files line by line; the first few differences, and how many there are. */
export async function compareSummaries(
  expected: string,
  found: string,
  most = 10,
): Promise<{ lines: number; differences: Difference[]; total: number }> {
  const right = linesOf(openInput(expected));
  const left = linesOf(openInput(found));
  const differences: Difference[] = [];
  let total = 0;
  for (let line = 1; ; line++) {
    const [a, b] = [await right.next(), await left.next()];
    if (a.done && b.done) return { lines: line - 1, differences, total };
    if (!a.done && !b.done && a.value.equals(b.value)) continue;
    total++;
    if (differences.length < most) {
      differences.push({ line, expected: a.value?.toString(), found: b.value?.toString() });
    }
  }
}
