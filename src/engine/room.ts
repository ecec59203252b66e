import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';

/** The HTTP application as rooms see it: Fastify with zod schemas. */
export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/**
 * One room of the house: a noun with its own tables, routes and background work.
 * All rooms are made in `src/rooms.ts`, in the order of the floors, and started in that order.
 */
export interface Room {
  readonly name: string;
  /**
   * The room's own folder (`new URL('.', import.meta.url)`). Migrations in
   * `migrations/postgres/*.sql` and `migrations/clickhouse/*.sql` run once each, in name order.
   */
  readonly folder: URL;
  /** Adds the room's HTTP routes. */
  routes?(app: App): void | Promise<void>;
  /** Starts background work. Engines are open and migrated. */
  start?(): Promise<void>;
  /** Stops background work and flushes; called in the reverse order of starting. Under 10 s. */
  stop?(): Promise<void>;
}
