export { type ActivityOptions, type ActivityWritten, writeActivity } from './generate.ts';
export type { Counts } from './simple.ts';
export { defaultMemory, type Progress, type Report, type SummarizeOptions, summarize } from './summarize.ts';
export { compareSummaries, type Difference } from './verify.ts';
