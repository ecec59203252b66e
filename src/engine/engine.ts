import type { Logger } from 'pino';
import type { ClickHouse } from './clickhouse/index.ts';
import type { Clock } from './clock.ts';
import type { Jobs } from './jobs.ts';
import type { Postgres } from './postgres/index.ts';
import type { Secrets } from './secrets.ts';

/** What every room is given: the two engines, background jobs, the time, and where things lie. */
export interface Engine {
  clickhouse: ClickHouse;
  postgres: Postgres;
  jobs: Jobs;
  clock: Clock;
  log: Logger;
  secrets: Secrets;
  /** The data directory, absolute. */
  dataDir: string;
  /** Where people and providers reach this server, without a trailing slash: `http://127.0.0.1:4100`. */
  baseUrl: string;
}
