import type { Access } from '../access/index.ts';
import type { Engine, Room } from '../engine/index.ts';
import type { Log } from '../log/index.ts';
import { type CloudEventHandler, cloudEventRoutes } from './cloudevents.ts';
import { collectRoutes } from './routes.ts';

export type { CloudEvent, CloudEventHandler } from './cloudevents.ts';

/** Takes messages over HTTP: the Segment tracking API and CloudEvents. */
export interface Collect extends Room {
  /** Has documents whose type ends in `suffix` (e.g. `.loyalty.campaign`) taken by a room above. */
  onCloudEvent(suffix: string, handler: CloudEventHandler): void;
}

export function createCollect(engine: Engine, rooms: { log: Log; access: Access }): Collect {
  const handlers = new Map<string, CloudEventHandler>();
  return {
    name: 'collect',
    folder: new URL('.', import.meta.url),
    onCloudEvent: (suffix, handler) => void handlers.set(suffix, handler),
    async routes(app) {
      await collectRoutes(app, engine, rooms);
      await cloudEventRoutes(app, engine, rooms, handlers);
    },
  };
}
