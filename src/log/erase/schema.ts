import { z } from 'zod';
import { id } from '../../engine/index.ts';

/** What an erasure did. Holds no personal data, so it can be kept as proof. */
export const erasureSchema = z
  .object({
    id,
    status: z.enum(['queued', 'running', 'done']),
    ids: z.number().int().describe('Ids of the person: the user id and the anonymous ids joined to it'),
    removed: z
      .array(z.object({ place: z.string(), count: z.number().int() }))
      .describe('What was erased where, in rows'),
    asked_by: z.string(),
    created_at: z.string(),
    finished_at: z.string().nullable().describe('From then on nobody can read it any more'),
    bytes_gone_by: z
      .string()
      .nullable()
      .describe('When the files that held it are gone from the disk, at the latest'),
  })
  .meta({ id: 'Erasure' });
export type Erasure = z.infer<typeof erasureSchema>;

/** Somebody who is to be erased, as the rooms are told. */
export interface Erased {
  workspace: string;
  /** The user id and every anonymous id joined to it. */
  ids: readonly string[];
  /** Email addresses known of the person. */
  addresses: readonly string[];
}

/** What a room did about it. */
export interface ErasedThere {
  /** Rows by place (a table's name). */
  removed: Record<string, number>;
  /** Something of the person is under way in this room (an email being sent): ask again in a moment. */
  pending?: boolean;
}

export type EraseListener = (person: Erased) => Promise<ErasedThere>;
