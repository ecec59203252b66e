import type { ServerResponse } from 'node:http';

/** What goes wrong on the way between a server and who asks it, whatever the server is. */
export type WireFault =
  /** The answer is what it was when asked, and comes later. */
  | { kind: 'slow'; ms: number }
  /** Nothing ever comes; the connection stays open. */
  | { kind: 'stall' }
  /** The connection ends before the answer. */
  | { kind: 'cut' }
  /** Content-Length tells the whole length; the connection ends after this share of the body (a half). */
  | { kind: 'truncated'; share?: number }
  /** The transfer is complete and says so; what was transferred is this share of the JSON (a half). */
  | { kind: 'broken_json'; share?: number };

export interface Outgoing {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

const wireKinds = new Set(['slow', 'stall', 'cut', 'truncated', 'broken_json']);
export const isWireFault = (fault: { kind: string }): fault is WireFault => wireKinds.has(fault.kind);

/** Sends an answer, or what a fault leaves of it; resolves to the bytes of the body that were sent. */
export async function deliver(
  response: ServerResponse,
  { status, headers, body }: Outgoing,
  fault?: WireFault,
): Promise<number> {
  const share = (part = 0.5) => body.subarray(0, Math.floor(body.length * part));
  if (fault?.kind === 'stall') {
    await new Promise((gone) => response.once('close', gone));
    return 0;
  }
  if (fault?.kind === 'cut') {
    response.destroy();
    return 0;
  }
  if (response.destroyed) return 0;
  const sent = fault?.kind === 'broken_json' ? share(fault.share) : body;
  response.writeHead(status, { ...headers, 'content-length': sent.length });
  if (fault?.kind === 'truncated') {
    const part = share(fault.share);
    response.write(part, () => response.destroy());
    return part.length;
  }
  response.end(sent);
  return sent.length;
}

interface Rule<Fault, Call> {
  fault: Fault;
  left: number;
  match: (call: Call) => boolean;
}

/** Which call meets which fault: those laid out for the next calls first, then the lasting, then chance. */
export class Faults<Fault, Call> {
  #rules: Rule<Fault, Call>[] = [];
  #chance: ((call: Call) => Fault | undefined) | undefined;

  /** The next so many calls that match. */
  next(fault: Fault, times = 1, match: (call: Call) => boolean = () => true): void {
    this.#rules.push({ fault, left: times, match });
  }

  /** Every call that matches, until `clear`. */
  always(fault: Fault, match?: (call: Call) => boolean): void {
    this.next(fault, Number.POSITIVE_INFINITY, match);
  }

  /** This share of all calls, any of these faults; the same seed gives the same. */
  random(options: {
    seed: number;
    share: number;
    of: readonly Fault[];
    match?: (call: Call) => boolean;
  }): void {
    const chance = seeded(options.seed);
    this.#chance = (call) => {
      if (options.match && !options.match(call)) return undefined;
      return chance() < options.share ? options.of[Math.floor(chance() * options.of.length)] : undefined;
    };
  }

  clear(): void {
    this.#rules = [];
    this.#chance = undefined;
  }

  /** What this call meets. */
  take(call: Call): Fault | undefined {
    const rule = this.#rules.find(({ match }) => match(call));
    if (!rule) return this.#chance?.(call);
    if (--rule.left <= 0) this.#rules = this.#rules.filter((other) => other !== rule);
    return rule.fault;
  }
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
