import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { z } from 'zod';
import { type App, type Engine, Problem } from '../engine/index.ts';
import type { Rooms } from '../rooms.ts';
import { connectionGauges } from './connection_gauges.ts';

/** Health, readiness and figures for monitoring. */
export function systemRoutes(
  app: App,
  engine: Engine,
  { log, connections }: Pick<Rooms, 'log' | 'connections'>,
): void {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: 'rapport_http_request_seconds',
    help: 'Duration of HTTP requests by route',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.025, 0.1, 0.25, 1, 5],
    registers: [registry],
  });
  new Gauge({
    name: 'rapport_log_queued_bytes',
    help: 'Bytes of messages waiting to be written to the log',
    registers: [registry],
    collect() {
      this.set(log.queuedBytes());
    },
  });
  const readConnections = connectionGauges(registry, engine, connections);
  app.addHook('onResponse', async (request, reply) => {
    requests.observe(
      { method: request.method, route: request.routeOptions.url ?? 'none', status: String(reply.statusCode) },
      reply.elapsedTime / 1_000,
    );
  });

  const tags = ['system'];
  const well = z.object({ status: z.literal('ok') });
  app.get(
    '/health',
    { config: { open: true }, schema: { tags, summary: 'The process lives', response: { 200: well } } },
    () => ({ status: 'ok' as const }),
  );
  app.get(
    '/ready',
    { config: { open: true }, schema: { tags, summary: 'Both engines answer', response: { 200: well } } },
    async () => {
      const failed = (name: string) => (error: Error) => {
        throw new Problem(503, 'not_ready', `${name} does not answer: ${error.message}`, { retryAfter: 5 });
      };
      await Promise.all([
        engine.postgres.ping().catch(failed('PostgreSQL')),
        engine.clickhouse.ping().catch(failed('ClickHouse')),
      ]);
      return { status: 'ok' as const };
    },
  );
  app.get('/metrics', { config: { open: true }, schema: { hide: true } }, async (_request, reply) => {
    await readConnections();
    return reply.type(registry.contentType).send(await registry.metrics());
  });
}
