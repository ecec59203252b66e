import { timingSafeEqual } from 'node:crypto';
import type { Engine, Room } from '../engine/index.ts';
import { id, Problem } from '../engine/index.ts';
import { createKeys, type Keys } from './keys.ts';
import { createPeople, type People } from './people.ts';
import { accessRoutes } from './routes.ts';
import { type Actor, type Role, roles, type Workspace } from './schema.ts';
import { createWorkspaces, type Workspaces } from './workspaces.ts';

export { headersOf } from './headers.ts';
export type { Keys, KnownKey } from './keys.ts';
export type { Actor, Role, Workspace } from './schema.ts';
export { timezone } from './schema.ts';

/** Workspaces, the people and keys that may enter them. */
export interface Access extends Room {
  workspaces: Workspaces;
  keys: Keys;
  people: People;
  /**
   * Who a request is from, and the workspace it is bound to. Throws a Problem 401 or 403.
   *
   * @param headers an API key as bearer, or the cookies of a signed-in person;
   *   `x-rapport-workspace` chooses among several workspaces
   */
  authenticate(headers: Headers): Promise<{ actor: Actor; workspace: Workspace }>;
  /** The token by which commands on this machine reach the running server (`server.json`). */
  trustInstance(token: string): void;
  /** First start: makes the workspace and its owner. Returns undefined when there was a workspace. */
  firstStart(name: string, timezone: string): Promise<Workspace | undefined>;
  /** A one-time sign-in link for the owner. */
  ownerLink(): Promise<string>;
}

const owner = { email: 'owner@rapport.local', name: 'Owner' };

export const allows = (has: Role, needed: Role) => roles.indexOf(has) >= roles.indexOf(needed);

export function createAccess(engine: Engine): Access {
  const workspaces = createWorkspaces(engine);
  const keys = createKeys(engine);
  const people = createPeople(engine);
  let instanceToken: Buffer | undefined;

  const isInstance = (token: string) => {
    const given = Buffer.from(token);
    return instanceToken?.length === given.length && timingSafeEqual(instanceToken, given);
  };

  async function byBearer(token: string, wanted: string | null) {
    if (isInstance(token)) {
      const workspace = wanted ? await workspaces.get(wanted) : (await workspaces.list())[0];
      if (!workspace) throw new Problem(409, 'no_workspace', 'There is no workspace yet.');
      return {
        actor: { kind: 'instance', id: 'instance', name: 'command line', role: 'admin' } as Actor,
        workspace,
      };
    }
    const key = await keys.find(token);
    if (key?.kind !== 'api') {
      throw new Problem(401, 'unknown_key', 'The API key is not known, or was revoked.', {
        hint: 'Make one under Settings, or with: rapport keys create --kind api',
      });
    }
    if (wanted && wanted !== key.workspace) {
      throw new Problem(403, 'other_workspace', 'This API key belongs to another workspace.');
    }
    const actor: Actor = { kind: 'api_key', id: key.id, name: key.name, role: key.role };
    return { actor, workspace: await workspaces.get(key.workspace) };
  }

  async function byCookie(headers: Headers, wanted: string | null) {
    const person = await people.signedIn(headers);
    if (!person) {
      throw new Problem(401, 'not_signed_in', 'You are not signed in.', {
        hint: 'In a browser: open a link made by "rapport sign-in-link". A program sends: Authorization: Bearer <API key>',
      });
    }
    const theirs = await workspaces.ofPerson(person.id);
    const found = wanted ? theirs.find(({ id }) => id === wanted) : theirs[0];
    if (!found) throw new Problem(403, 'no_member', 'You are not a member of this workspace.');
    const { role, ...workspace } = found;
    const actor: Actor = { kind: 'person', id: person.id, name: person.name, email: person.email, role };
    return { actor, workspace };
  }

  const access: Access = {
    name: 'access',
    folder: new URL('.', import.meta.url),
    workspaces,
    keys,
    people,
    routes: (app) => accessRoutes(app, access),

    authenticate(headers) {
      const wanted = headers.get('x-rapport-workspace')?.toLowerCase() ?? null;
      if (wanted !== null && !id.safeParse(wanted).success) {
        throw new Problem(400, 'bad_workspace', 'x-rapport-workspace must be the id of a workspace.', {
          field: 'x-rapport-workspace',
        });
      }
      const bearer = /^Bearer (.+)$/i.exec(headers.get('authorization') ?? '')?.[1];
      return bearer ? byBearer(bearer, wanted) : byCookie(headers, wanted);
    },

    trustInstance(token) {
      instanceToken = Buffer.from(token);
    },

    async firstStart(name, timezone) {
      const [first] = await workspaces.list();
      const workspace = first ?? (await workspaces.create(name, timezone));
      // At every start, since a kill may have come between the workspace and its owner.
      const person = await people.ensure(owner.email, owner.name);
      await workspaces.addMember(workspace.id, person.id, 'admin');
      return first ? undefined : workspace;
    },

    ownerLink: () => people.signInLink(owner.email),
  };
  return access;
}
