import type { Source } from '../source.ts';
import { file } from './file.ts';
import { mailchimp } from './mailchimp.ts';
import { segment } from './segment.ts';

/** Every kind of source; a new one is a file here and its name in this list. */
export const sources: readonly Source[] = [mailchimp, segment, file];

const byKind = new Map(sources.map((source) => [source.kind, source]));

export const sourceOf = (kind: string): Source | undefined => byKind.get(kind);
