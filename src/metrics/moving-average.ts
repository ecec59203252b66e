/** The average of the last elements added, at most `capacity` of them. */
export interface MovingAverage extends Iterable<number> {
  /** How many elements it holds at most. */
  readonly capacity: number;
  /** How many it holds now. */
  readonly size: number;
  /**
   * Adds an element; when full, the oldest leaves. O(1).
   *
   * @throws RangeError when it is NaN or infinite; nothing is changed then
   */
  add(element: number): void;
  /** The average of the elements it holds, undefined when there are none. O(1). */
  average(): number | undefined;
  /** An element, counted from the oldest: `at(0)` is the oldest, `at(-1)` the newest; undefined where there is none. O(1). */
  at(index: number): number | undefined;
  /** The elements from oldest to newest. */
  [Symbol.iterator](): Iterator<number>;
}

/**
 * A ring of doubles and their exact sum. A sum in floating point drifts as elements come and go: once 10³⁰⁰ has passed
 * through, what was lost beside it is lost for good. This one is a fixed-point number wide enough for every
 * double ("superaccumulator": R. M. Neal, "Fast exact summation using small and large superaccumulators", 2015,
 * arXiv:1505.05571), so adding and taking away are exact, however many and of whatever magnitude.
 *
 * Only `average()` rounds: twice in making a double of the sum, once in dividing. With u = 2⁻⁵³,
 *
 *     |computed − exact| ≤ 3u · |exact| + 2⁻¹⁰⁷⁴
 *
 * Time is constant: adding touches 6 limbs and, once in 2¹⁹ additions, all 68 to carry; averaging touches all 68.
 */
export class ExactMovingAverage implements MovingAverage {
  readonly #ring: Float64Array;
  readonly #sum = new ExactSum();
  #added = 0;
  #next = 0;

  /** @throws RangeError when the capacity is not a positive integer that memory can hold */
  constructor(capacity: number) {
    if (!Number.isSafeInteger(capacity) || capacity < 1) {
      throw new RangeError(`The capacity must be a positive integer, not ${String(capacity)}.`);
    }
    this.#ring = new Float64Array(capacity);
  }

  get capacity(): number {
    return this.#ring.length;
  }

  get size(): number {
    return this.#added;
  }

  add(element: number): void {
    if (!Number.isFinite(element))
      throw new RangeError(`An element must be a finite number, not ${String(element)}.`);
    if (this.#added === this.#ring.length) this.#sum.add(-(this.#ring[this.#next] as number));
    else this.#added++;
    this.#sum.add(element);
    this.#ring[this.#next] = element;
    this.#next = (this.#next + 1) % this.#ring.length;
  }

  average(): number | undefined {
    return this.#added === 0 ? undefined : this.#sum.dividedBy(this.#added);
  }

  at(index: number): number | undefined {
    const from = index < 0 ? this.#added + index : index;
    if (!Number.isInteger(from) || from < 0 || from >= this.#added) return undefined;
    const oldest = this.#next - this.#added + this.#ring.length;
    return this.#ring[(oldest + from) % this.#ring.length];
  }

  *[Symbol.iterator](): Generator<number> {
    for (let n = 0; n < this.#added; n++) yield this.at(n) as number;
  }
}

/** Doubles reach from 2⁻¹⁰⁷⁴ to 2¹⁰²⁴; with 2⁵³ of them, 2151 bits. */
const limbs = 68;
const base = 2 ** 32;
/** A limb grows by less than 2³² an addition and must stay an exact integer. */
const carryEvery = 2 ** 19;

/** Σ limb[i] · 2^(32·i − 1074), exactly. */
class ExactSum {
  readonly #limbs = new Float64Array(limbs);
  readonly #scratch = new Float64Array(limbs);
  readonly #view = new DataView(new ArrayBuffer(8));
  #uncarried = 0;

  add(x: number): void {
    this.#view.setFloat64(0, x);
    const high = this.#view.getUint32(0);
    const low = this.#view.getUint32(4);
    const exponent = (high >>> 20) & 0x7ff;
    const sign = high >>> 31 === 1 ? -1 : 1;
    // A subnormal has the exponent of the smallest normal number, without its leading bit.
    const top = (high & 0xfffff) | (exponent === 0 ? 0 : 0x100000);
    const place = exponent === 0 ? 0 : exponent - 1;
    const limb = place >>> 5;
    const shift = place & 31;
    const sum = this.#limbs;
    sum[limb]! += sign * ((low << shift) >>> 0);
    sum[limb + 1]! += sign * (((top << shift) | (shift === 0 ? 0 : low >>> (32 - shift))) >>> 0);
    if (shift > 0) sum[limb + 2]! += sign * (top >>> (32 - shift));
    if (++this.#uncarried >= carryEvery) {
      carry(sum);
      this.#uncarried = 0;
    }
  }

  dividedBy(n: number): number {
    const sum = this.#scratch;
    sum.set(this.#limbs);
    carry(sum);
    const sign = (sum[limbs - 1] as number) < 0 ? -1 : 1;
    if (sign < 0) {
      for (let i = 0; i < limbs; i++) sum[i] = -(sum[i] as number);
      carry(sum);
    }
    let top = limbs - 1;
    while (top > 2 && sum[top] === 0) top--;
    // Three limbs have 65 bits at least, or are all there is.
    const leading =
      (sum[top] as number) * base * base + ((sum[top - 1] as number) * base + (sum[top - 2] as number));
    // In two steps, since 2 to the whole exponent may be no double.
    const exponent = 32 * (top - 2) - 1074;
    const half = Math.trunc(exponent / 2);
    const quotient = (leading / n) * 2 ** half * 2 ** (exponent - half);
    return sign * Math.min(quotient, Number.MAX_VALUE);
  }
}

/** All limbs into 0 … 2³² − 1 but the last, which has the sign. */
function carry(sum: Float64Array): void {
  for (let i = 0; i < limbs - 1; i++) {
    const over = Math.floor((sum[i] as number) / base);
    sum[i]! -= over * base;
    sum[i + 1]! += over;
  }
}
