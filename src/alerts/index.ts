import { createLoop, type Engine, type Room } from '../engine/index.ts';
import { type Check, createHeartbeat } from './heartbeat.ts';
import { look } from './incidents.ts';
import { sendDue } from './outbox.ts';
import { alertRoutes } from './routes.ts';
import type { ShownIncident } from './schema.ts';
import type { SendEmail, SendNeeds } from './send.ts';
import { createStore } from './store.ts';
import type { Subject } from './subject.ts';

export type { ShownIncident } from './schema.ts';
export type { SendEmail } from './send.ts';
export type { Subject } from './subject.ts';

/** Tells people what is not well, once; and an outer watchman that this program is. */
export interface Alerts extends Room {
  /**
   * What is to be looked at, and how it stands with it now. When `look` throws, nothing changes.
   * @param watch what one of them is called, in the singular: `connection`
   */
  watch(watch: string, look: () => Promise<Subject[]>): void;
  /** How emails go out. */
  sendEmailBy(send: SendEmail): void;
  /** Part of being well: the heartbeat is left out while it throws. */
  check(name: string, check: Check): void;
  incidents(workspace: string, open?: boolean): Promise<ShownIncident[]>;
  /** Looks now, and sends what is due. For tests and for those who have just changed something. */
  lookNow(): Promise<void>;
  /** One heartbeat. @returns what is not well */
  beat(): Promise<string[]>;
}

export interface AlertsOptions {
  /** False: nothing happens but by `lookNow()` and `beat()`. */
  background?: boolean;
  allowInternal?: boolean;
  heartbeatUrl?: string;
  /** Tests wait less. */
  timeoutMs?: number;
}

const lookEveryMs = 30_000;
const sendEveryMs = 5_000;
const beatEveryMs = 60_000;
/** Whoever is checked has started by then. */
const firstBeatMs = 10_000;
const sendWithinMs = 10_000;
/** Whoever did not look for this long hangs. */
const quietForMs = 3 * 60_000;

export function createAlerts(engine: Engine, options: AlertsOptions = {}): Alerts {
  const { background = true } = options;
  const watches = new Map<string, () => Promise<Subject[]>>();
  let sendEmail: SendEmail | undefined;
  const needs: SendNeeds = {
    engine,
    allowInternal: options.allowInternal ?? process.env.RAPPORT_ALLOW_INTERNAL === '1',
    timeoutMs: options.timeoutMs ?? sendWithinMs,
    sendEmail: () => sendEmail,
  };
  const store = createStore(engine, needs);
  const heartbeat = createHeartbeat(options.heartbeatUrl ?? process.env.RAPPORT_HEARTBEAT_URL, engine.log);
  heartbeat.add('PostgreSQL', () => engine.postgres.ping());
  heartbeat.add('ClickHouse', () => engine.clickhouse.ping());

  let firstBeat: NodeJS.Timeout | undefined;
  let lookedAt = performance.now();
  async function lookAll(): Promise<void> {
    const faults: unknown[] = [];
    for (const [watch, subjects] of watches) {
      try {
        if (((await look(engine, watch, subjects)) ?? 0) > 0) sending.poke();
      } catch (error) {
        faults.push(error);
      }
    }
    if (faults.length === 1) throw faults[0];
    if (faults.length > 1) throw new AggregateError(faults, 'several watches could not be looked at');
    lookedAt = performance.now();
  }
  const looking = createLoop({
    name: 'alerts',
    everyMs: lookEveryMs,
    log: engine.log,
    run: () => lookAll().then(() => false),
  });
  const sending = createLoop({
    name: 'alert messages',
    everyMs: sendEveryMs,
    log: engine.log,
    run: async () => (await sendDue(engine, needs)) > 0,
  });
  const beating = createLoop({
    name: 'heartbeat',
    everyMs: beatEveryMs,
    log: engine.log,
    run: () => heartbeat.beat().then(() => false),
  });

  return {
    name: 'alerts',
    folder: new URL('.', import.meta.url),
    routes: (app) => alertRoutes(app, store),
    async start() {
      if (!background) return;
      heartbeat.add('alerts', () => {
        const quiet = performance.now() - lookedAt;
        if (quiet > quietForMs) throw new Error(`did not look for ${Math.round(quiet / 1_000)} s`);
      });
      for (const loop of [looking, sending]) loop.start();
      firstBeat = setTimeout(beating.start, firstBeatMs).unref();
    },
    async stop() {
      clearTimeout(firstBeat);
      await Promise.all([looking.stop(), sending.stop(), beating.stop()]);
    },
    watch: (watch, subjects) => void watches.set(watch, subjects),
    sendEmailBy(send) {
      sendEmail = send;
    },
    check: heartbeat.add,
    incidents: (workspace, open) => store.incidents(workspace, { open, limit: 50, members: 10 }),
    async lookNow() {
      await lookAll();
      while ((await sendDue(engine, needs)) > 0);
    },
    beat: heartbeat.beat,
  };
}
