import type { Workspace } from '../access/index.ts';
import { type Engine, Problem } from '../engine/index.ts';
import type { CloudEvent, CloudEventHandler } from './cloudevents.ts';

/** CloudEvents that say how a workspace works, rather than what a customer did. */
export interface Documents {
  isDocument(type: string): boolean;
  /** Hands the document to the room that takes its kind. One that no room takes yet is kept as it came. */
  take(workspace: Workspace, event: CloudEvent): Promise<Record<string, unknown>>;
}

/** Kinds that are documents whether or not a room takes them: they would make no sense as somebody's behaviour. */
const known = ['.loyalty.program', '.loyalty.campaign'];

type Tables = {
  kept_documents: {
    workspace: string;
    source: string;
    id: string;
    type: string;
    document: string;
    received_at: Date;
  };
};

function textOf(event: CloudEvent): string {
  try {
    return JSON.stringify(event);
  } catch {
    throw new Problem(400, 'bad_document', 'data: is nested too deep', { field: 'data' });
  }
}

export function createDocuments(engine: Engine, handlers: ReadonlyMap<string, CloudEventHandler>): Documents {
  const db = engine.postgres.db.withTables<Tables>();
  return {
    isDocument: (type) => [...known, ...handlers.keys()].some((suffix) => type.endsWith(suffix)),

    async take(workspace, event) {
      const handler = [...handlers].find(([suffix]) => event.type.endsWith(suffix))?.[1];
      if (handler) return handler(workspace, event);
      const { id, source, type } = event;
      const document = textOf(event);
      // PostgreSQL's text and jsonb have no NUL.
      if (document.includes('\\u0000')) {
        throw new Problem(400, 'bad_document', 'data: must not contain the character NUL', { field: 'data' });
      }
      await db
        .insertInto('kept_documents')
        .values({ workspace: workspace.id, source, id, type, document, received_at: engine.clock.now() })
        .onConflict((on) => on.columns(['workspace', 'source', 'id']).doNothing())
        .execute();
      return { kept: true };
    },
  };
}
