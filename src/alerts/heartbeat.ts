import type { Logger } from 'pino';

/** Throws, or does not come back, when something is not well. */
export type Check = () => Promise<void> | void;

const checkWithinMs = 10_000;
const pingWithinMs = 10_000;

/**
 * Tells a service that watches over this program that it is well: by a GET, and only when everything is. That service
 * raises the alarm when nothing comes, whatever the reason.
 */
export function createHeartbeat(
  url: string | undefined,
  log: Logger,
  { withinMs = checkWithinMs }: { withinMs?: number } = {},
) {
  const checks = new Map<string, Check>();
  return {
    add: (name: string, check: Check) => void checks.set(name, check),

    /** Checks, and pings when all is well. @returns what is not */
    async beat(): Promise<string[]> {
      const unwell = (
        await Promise.all(
          [...checks].map(async ([name, check]) => {
            try {
              await within(withinMs, check);
              return [];
            } catch (error) {
              return [`${name}: ${(error as Error).message}`];
            }
          }),
        )
      ).flat();
      if (unwell.length > 0) {
        log.error({ unwell }, url ? 'not well; the heartbeat is left out' : 'not well');
        return unwell;
      }
      if (!url) return [];
      try {
        const answer = await fetch(url, { signal: AbortSignal.timeout(pingWithinMs) });
        await answer.body?.cancel();
        if (!answer.ok) throw new Error(`it answered ${answer.status}`);
      } catch (err) {
        log.warn({ err }, 'the heartbeat could not be sent');
      }
      return [];
    },
  };
}

async function within(ms: number, check: Check): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`did not answer within ${ms / 1_000} s`)), ms);
  });
  try {
    await Promise.race([check(), late]);
  } finally {
    clearTimeout(timer);
  }
}
