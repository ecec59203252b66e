import { z } from 'zod';

export const roles = ['viewer', 'editor', 'admin'] as const;
export type Role = (typeof roles)[number];

export interface Workspace {
  id: string;
  name: string;
  /** IANA name, e.g. Europe/Berlin. */
  timezone: string;
  /** Whether numbers are refused while a connection's data is too old. */
  require_fresh_connections: boolean;
}

/** Who is asking. */
export interface Actor {
  kind: 'person' | 'api_key' | 'instance';
  id: string;
  name: string;
  email?: string;
  role: Role;
}

export const timezone = z.string().refine(
  (name) => {
    try {
      new Intl.DateTimeFormat('en', { timeZone: name });
      return true;
    } catch {
      return false;
    }
  },
  { message: 'is not a time zone; use an IANA name like Europe/Berlin' },
);

export const workspaceView = z.object({
  id: z.string(),
  name: z.string(),
  timezone: z.string(),
  require_fresh_connections: z
    .boolean()
    .describe('POST /api/query answers 409 while the data of a connection is too old'),
});

export const workspaceChange = z
  .object({
    name: z.string().trim().min(1).max(100),
    timezone,
    require_fresh_connections: z.boolean(),
  })
  .partial()
  .refine((change) => Object.keys(change).length > 0, {
    message: 'give name, timezone or require_fresh_connections',
  });
export type WorkspaceChange = z.infer<typeof workspaceChange>;

export const me = z.object({
  person: z.object({ email: z.string(), name: z.string() }).nullable(),
  workspace: workspaceView,
  workspaces: z.array(workspaceView),
  role: z.enum(roles),
});

export const keyKinds = ['write', 'api'] as const;
export type KeyKind = (typeof keyKinds)[number];

export const rateLimit = z.number().int().min(1).max(1_000_000_000).nullable();

export const keyView = z.object({
  id: z.string(),
  kind: z.enum(keyKinds),
  name: z.string(),
  role: z.enum(roles),
  prefix: z.string(),
  rate_limit: rateLimit.describe('Messages a second a write key may send; null: no limit of its own'),
  created_at: z.string(),
});
export type KeyView = z.infer<typeof keyView>;

declare module 'fastify' {
  interface FastifyRequest {
    /** The workspace every query of this request is bound to. */
    workspace: Workspace;
    actor: Actor;
  }
  interface FastifyContextConfig {
    /** Least role that may use the route; viewer for GET, editor otherwise. */
    role?: Role;
    /** Asks for a write key itself; said in the OpenAPI document. */
    writeKey?: boolean;
    /** JSON Schema of the body for the OpenAPI document, where no zod schema checks it. */
    documentedBody?: object;
    /** Open to everybody: health, sign-in, unsubscribe links, collect (which checks its write key itself). */
    open?: boolean;
  }
}
