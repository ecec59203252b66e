import { Gauge, type Registry } from 'prom-client';
import type { ConnectionState, Connections, Freshness } from '../connections/index.ts';
import type { Engine } from '../engine/index.ts';

type Standing = Pick<Freshness, 'state' | 'lagMs' | 'syncedAt' | 'dueAt'>;

const states = Object.keys({
  in_sync: 0,
  syncing: 0,
  behind: 0,
  failing: 0,
  paused: 0,
  credentials_refused: 0,
} satisfies Record<ConnectionState, number>);
/** Anybody may ask for the figures; all connections are not read for each of them. */
const keptMs = 5_000;

/** How it stands with connections, of all workspaces together. Resolves when the gauges are set; never rejects. */
export function connectionGauges(
  registry: Registry,
  { clock, log }: Pick<Engine, 'clock' | 'log'>,
  connections: Pick<Connections, 'freshness' | 'quietMs'>,
): () => Promise<void> {
  const gauge = (name: string, help: string, labelNames: string[] = []) => {
    const made = new Gauge({ name: `rapport_connections${name}`, help, labelNames, registers: [registry] });
    const forget = () => {
      made.reset();
      // Without labels a reset is 0, which would be a lie.
      if (labelNames.length === 0) made.remove();
    };
    forget();
    return Object.assign(made, { forget });
  };
  const byState = gauge('', 'Connections by state', ['state']);
  const lag = gauge('_lag_seconds', 'The longest time since a connection was in sync, by state', ['state']);
  const success = gauge('_last_success_seconds', 'Time since the run that last brought a connection in sync');
  const queue = gauge('_queue_seconds', 'How long the connection that is due for longest has waited');
  const quiet = gauge('_quiet_seconds', 'Time since this process last looked for connections to sync');
  const all = [byState, lag, success, queue];

  function set(standing: readonly Standing[], now: Date): void {
    const secondsSince = (time: Date) => Math.max(0, now.getTime() - time.getTime()) / 1_000;
    for (const state of states) {
      const those = standing.filter((one) => one.state === state);
      byState.set({ state }, those.length);
      lag.set({ state }, largest(those.map(({ lagMs }) => lagMs)) / 1_000);
    }
    const synced = largest(standing.map(({ syncedAt }) => syncedAt?.getTime() ?? 0));
    if (synced > 0) success.set(secondsSince(new Date(synced)));
    else success.forget();
    queue.set(largest(standing.map(({ dueAt }) => (dueAt ? secondsSince(dueAt) : 0))));
  }

  async function read(): Promise<void> {
    try {
      set(await connections.freshness(), clock.now());
    } catch (err) {
      log.warn({ err }, 'how it stands with connections could not be read for monitoring');
      for (const one of all) one.forget();
    }
  }

  let reading: Promise<void> | undefined;
  let readAt = Number.NEGATIVE_INFINITY;
  return async () => {
    quiet.set(connections.quietMs() / 1_000);
    if (performance.now() - readAt < keptMs) return reading;
    readAt = performance.now();
    reading = read();
    return reading;
  };
}

const largest = (numbers: readonly number[]) => numbers.reduce((most, one) => Math.max(most, one), 0);
