import type { Access } from '../access/index.ts';
import type { App, Engine, Room } from '../engine/index.ts';
import type { Log } from '../log/index.ts';
import { type CloudEventHandler, cloudEventRoutes } from './cloudevents.ts';
import { createRateLimits } from './limits.ts';
import { collectRoutes } from './routes.ts';
import { scriptRoutes } from './script.ts';
import { createSenders } from './sender.ts';

export type { CloudEvent, CloudEventHandler } from './cloudevents.ts';

/** Takes messages over HTTP: the Segment tracking API and CloudEvents. */
export interface Collect extends Room {
  /** Has CloudEvents whose type ends in `suffix` (e.g. `.loyalty.campaign`) taken as documents by another room. */
  onCloudEvent(suffix: string, handler: CloudEventHandler): void;
}

export function createCollect(
  engine: Engine,
  rooms: { log: Log; access: Access },
  env: NodeJS.ProcessEnv = process.env,
): Collect {
  const senders = createSenders(engine, env);
  const collecting = { ...rooms, senders, limits: createRateLimits(engine, env) };
  const handlers = new Map<string, CloudEventHandler>();
  return {
    name: 'collect',
    folder: new URL('.', import.meta.url),
    onCloudEvent: (suffix, handler) => void handlers.set(suffix, handler),
    start: () => senders.start(),
    stop: async () => senders.stop(),
    async routes(app) {
      await scriptRoutes(app, engine);
      await app.register(async (scope: App) => {
        // Pages of other sites send here, also by beacons, whose answers they may not read.
        scope.addHook('onRequest', async (_request, reply) => {
          reply.header('cross-origin-resource-policy', 'cross-origin');
        });
        // What analytics.js tells Segment of its own health; nobody's behaviour, so not kept.
        scope.post('/v1/m', { config: { open: true }, schema: { hide: true } }, () => ({ success: true }));
        await collectRoutes(scope, engine, collecting);
        await cloudEventRoutes(scope, engine, collecting, handlers);
      });
    },
  };
}
