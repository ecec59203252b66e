import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Command } from 'commander';
import type { Running } from '../rapport.ts';
import { type ServerOptions, settingsFrom, withServerOptions } from './settings.ts';

export function startCommand(): Command {
  return withServerOptions(new Command('start').description('run Rapport until Ctrl-C')).action(
    async (options: ServerOptions) => {
      const starting = new AbortController();
      process.once('SIGINT', () => starting.abort());
      process.once('SIGTERM', () => starting.abort());
      const { startRapport } = await import('../rapport.ts');
      const settings = { ...settingsFrom(options), signal: starting.signal };
      const running = await startRapport(settings).catch((error: unknown) => {
        if (!starting.signal.aborted) throw error;
      });
      if (!running) {
        process.stderr.write('Stopped before it was ready.\n');
        process.exitCode = 130;
        return;
      }
      process.stdout.write(`${greeting(running)}\n`);
      releaseStartMemory();
      await untilStopped(running, starting.signal);
    },
  );
}

function greeting({ url, firstLink }: Running): string {
  const lines = [`Rapport is ready at ${url}`];
  if (firstLink) {
    lines.push('', 'Sign in with this link (it works once, within a day):', `  ${firstLink}`);
  } else {
    lines.push('A new sign-in link: rapport sign-in-link');
  }
  return lines.join('\n');
}

/** Waits for Ctrl-C, SIGTERM, or the end of the process that started this one; then stops in order. */
export async function untilStopped(running: Running, stopped?: AbortSignal): Promise<void> {
  await new Promise<void>((done) => {
    if (stopped?.aborted) return done();
    stopped?.addEventListener('abort', () => done(), { once: true });
    process.once('SIGINT', () => done());
    process.once('SIGTERM', () => done());
    process.once('disconnect', () => done());
  });
  process.stderr.write('Stopping…\n');
  await stopInTime(running);
}

/** Everything is durable at any moment, so a stop that hangs is ended rather than waited for. */
export async function stopInTime(running: Running): Promise<void> {
  setTimeout(async () => {
    process.stderr.write('rapport: stopping takes too long; ending now. Nothing acknowledged is lost.\n');
    // The database server is a process of its own, and would stay behind.
    await Promise.race([running.engine.postgres.close(), sleep(2_000)]).catch(() => {});
    process.kill(process.pid, 'SIGKILL');
  }, 7_500).unref();
  await running.stop();
  if (process.connected) process.disconnect();
}

/** Starting leaves garbage of which V8 would keep the room: collected once, the idle process is 30 MB smaller. */
function releaseStartMemory(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (options: object) => void;
  setTimeout(() => collect({ type: 'major', flavor: 'last-resort', execution: 'async' }), 2_000).unref();
}
