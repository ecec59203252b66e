import { Problem } from '../../engine/index.ts';

/**
 * Bounds what one workspace asks at once, so that nobody's questions make others wait. A few run, a few more wait
 * their turn, and beyond that the asker is told to come back.
 */
export class Turns {
  readonly #running: number;
  readonly #waiting: number;
  readonly #queues = new Map<string, { running: number; waiting: (() => void)[] }>();

  constructor(limits: { running: number; waiting: number }) {
    this.#running = limits.running;
    this.#waiting = limits.waiting;
  }

  /** @throws Problem 429 `too_many_questions` */
  async take<T>(workspace: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    const queue = this.#queues.get(workspace) ?? { running: 0, waiting: [] };
    this.#queues.set(workspace, queue);
    if (queue.running < this.#running) queue.running++;
    else if (queue.waiting.length >= this.#waiting) throw tooMany();
    else await turn(queue.waiting, signal);
    try {
      return await work();
    } finally {
      const next = queue.waiting.shift();
      if (next) next();
      else if (--queue.running === 0) this.#queues.delete(workspace);
    }
  }
}

function turn(waiting: (() => void)[], signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const go = () => {
      signal?.removeEventListener('abort', leave);
      resolve();
    };
    const leave = () => {
      waiting.splice(waiting.indexOf(go), 1);
      reject(signal?.reason);
    };
    waiting.push(go);
    signal?.addEventListener('abort', leave, { once: true });
  });
}

const tooMany = () =>
  new Problem(429, 'too_many_questions', 'This workspace is asking too many questions at once.', {
    hint: 'Wait for answers before asking more.',
    retryAfter: 2,
  });
