export { type Database, type OpenPostgresOptions, openPostgres, type Postgres } from './open.ts';
