export { ClickHouse, type QueryOptions } from './client.ts';
export { checkStatements, migrateClickHouse } from './migrate.ts';
export { openClickHouse } from './open.ts';
export { type OpenScratch, openScratchClickHouse } from './scratch.ts';
export { adhoc, type Statement, statement } from './statement.ts';
