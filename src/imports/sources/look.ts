import type { Readable } from 'node:stream';
import type { Import, RowError } from '../schema.ts';
import type { SourceRow, SourceStore } from './store.ts';

/** One look into a source, with what it may use. */
export interface Look {
  source: SourceRow;
  store: SourceStore;
  now(): Date;
  signal: AbortSignal;
  /** Begins the import of an object in this version, and notes it. What is wrong with one object does not end the look. */
  take(
    key: string,
    version: string,
    fileName: string,
    open: () => Readable | Promise<Readable>,
  ): Promise<void>;
  /** Undefined when it is gone. */
  importOf(id: string): Promise<Import | undefined>;
  errorsOf(id: string, after: number, limit: number): Promise<RowError[]>;
}
