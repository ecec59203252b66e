import { setTimeout as sleep } from 'node:timers/promises';

/** Asks a real process again and again until there is an answer; its message says what was waited for. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined | false>,
  ms = 30_000,
): Promise<T> {
  const deadline = performance.now() + ms;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > deadline) throw new Error(`Waited ${ms / 1_000} s for ${what}.`);
    await sleep(50);
  }
}
