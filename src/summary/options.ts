import type { Logger } from 'pino';
import type { Counts } from './simple.ts';

export interface SummarizeOptions {
  /** A path, also gzipped, or `-` for standard input. */
  input: string;
  out: string;
  /** Everything in memory. */
  simple?: boolean;
  /** The first line that cannot be counted is an error. */
  strict?: boolean;
  /** Default: beside OUT. */
  workDir?: string;
  /** What the whole process may hold resident, in bytes. */
  memory?: number;
  /** How much of the input is read at a time, in bytes; by default a fit share of the memory. */
  chunkBytes?: number;
  /** Forgets what an earlier run did. */
  fresh?: boolean;
  /** Leaves the work directory when done. */
  keep?: boolean;
  log: Logger;
  onProgress?: (progress: Progress) => void;
  /** Told at the start when an earlier run is gone on with. */
  onResume?: (resumed: NonNullable<Report['resumed']>) => void;
}

export interface Progress {
  phase: 'reading' | 'writing';
  /** Bytes of the input read, or ranges written, and all of them where that is known. */
  done: number;
  total: number | undefined;
  lines: number;
}

export interface Resumed {
  chunks: number;
  lines: number;
  bytes: number;
  ranges: number;
}

export interface Report extends Counts {
  seconds: number;
  /** Most that was resident at once, file-mapped pages included, in bytes. */
  peakMemory: number;
  /** What an earlier run had done already. */
  resumed: Resumed | undefined;
  /** Chunks this run read. */
  chunksRead: number;
}

export const defaultMemory = 1_000_000_000;
