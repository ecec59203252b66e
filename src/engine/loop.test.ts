import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLoop } from './loop.ts';

const log = pino({ level: 'silent' });

/** A run whose end the test decides. */
function controlled() {
  const open: { resolve: (more: boolean) => void; reject: (error: Error) => void; signal: AbortSignal }[] =
    [];
  let runs = 0;
  return {
    run: (signal: AbortSignal) => {
      runs++;
      return new Promise<boolean>((resolve, reject) => open.push({ resolve, reject, signal }));
    },
    runs: () => runs,
    signal: () => open[0]!.signal,
    end: (more = false) => open.shift()!.resolve(more),
    fail: () => open.shift()!.reject(new Error('on purpose')),
  };
}

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate'] }));
afterEach(() => void vi.useRealTimers());
const settle = () => vi.advanceTimersByTimeAsync(0);

describe('createLoop', () => {
  it('runs at start, then in its interval, never twice at once', async () => {
    const work = controlled();
    const loop = createLoop({ name: 'test', everyMs: 1000, log, run: work.run });
    loop.poke();
    expect(work.runs()).toBe(0);
    loop.start();
    loop.start();
    expect(work.runs()).toBe(1);
    await vi.advanceTimersByTimeAsync(5000);
    expect(work.runs()).toBe(1);
    work.end();
    await vi.advanceTimersByTimeAsync(999);
    expect(work.runs()).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(work.runs()).toBe(2);
  });

  it('runs at once when poked, and once more for any number of pokes during a run', async () => {
    const work = controlled();
    const loop = createLoop({ name: 'test', everyMs: 1000, log, run: work.run });
    loop.start();
    work.end();
    await settle();
    loop.poke();
    expect(work.runs()).toBe(2);
    loop.poke();
    loop.poke();
    work.end();
    await settle();
    expect(work.runs()).toBe(3);
    work.end();
    await settle();
    expect(work.runs()).toBe(3);
  });

  it('goes on at once while there is more', async () => {
    let left = 5;
    const loop = createLoop({ name: 'test', everyMs: 1000, log, run: async () => --left > 0 });
    loop.start();
    const idle = loop.idle();
    await vi.advanceTimersByTimeAsync(10);
    await idle;
    expect(left).toBe(0);
  });

  it('backs off after errors from 1 s to 30 s, and a poke does not shorten that', async () => {
    let runs = 0;
    const loop = createLoop({
      name: 'test',
      everyMs: 60_000,
      log,
      run: async () => {
        runs++;
        if (runs < 9) throw new Error('on purpose');
        return false;
      },
    });
    loop.start();
    const idle = vi.fn();
    void loop.idle().then(idle);
    await settle();
    const waits = [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000];
    for (const [i, wait] of waits.entries()) {
      loop.poke();
      await vi.advanceTimersByTimeAsync(wait - 1);
      expect(runs).toBe(i + 1);
      expect(idle).not.toHaveBeenCalled();
      await vi.advanceTimersByTimeAsync(1);
      expect(runs).toBe(i + 2);
    }
    expect(idle).toHaveBeenCalledOnce();
  });

  it('is idle only when the run ended, said there is no more, and no poke waits', async () => {
    const work = controlled();
    const loop = createLoop({ name: 'test', everyMs: 1000, log, run: work.run });
    loop.start();
    const idle = vi.fn();
    void loop.idle().then(idle);
    work.end(true);
    await settle();
    expect(idle).not.toHaveBeenCalled();
    loop.poke();
    work.end();
    await settle();
    expect(idle).not.toHaveBeenCalled();
    work.end();
    await settle();
    expect(idle).toHaveBeenCalledOnce();
    await loop.idle();
  });

  it('aborts and waits for the run when stopped, and never runs again', async () => {
    const work = controlled();
    const loop = createLoop({ name: 'test', everyMs: 1000, log, run: work.run });
    loop.start();
    const signal = work.signal();
    const stopped = vi.fn();
    const idle = vi.fn();
    void loop.idle().then(idle);
    void loop.stop().then(stopped);
    expect(signal.aborted).toBe(true);
    await settle();
    expect(stopped).not.toHaveBeenCalled();
    work.fail();
    await settle();
    expect(stopped).toHaveBeenCalledOnce();
    expect(idle).toHaveBeenCalledOnce();
    loop.poke();
    loop.start();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(work.runs()).toBe(1);
    await loop.idle();
  });
});
