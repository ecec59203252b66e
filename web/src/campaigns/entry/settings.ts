import type { Definition } from '../queries.ts';

/** What every part of a campaign's settings is given. */
export interface Settings {
  definition: Definition;
  error: unknown;
  define: (part: Partial<Definition>) => void;
}
