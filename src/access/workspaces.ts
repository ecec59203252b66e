import type { Engine } from '../engine/index.ts';
import { notFound } from '../engine/index.ts';
import type { Role, Workspace, WorkspaceChange } from './schema.ts';

interface WorkspacesTable extends Workspace {
  created_at: Date;
}
interface MembersTable {
  workspace: string;
  person: string;
  role: Role;
}

export interface Workspaces {
  list(): Promise<Workspace[]>;
  get(id: string): Promise<Workspace>;
  create(name: string, timezone: string): Promise<Workspace>;
  update(id: string, change: WorkspaceChange): Promise<Workspace>;
  /** Told which workspace was changed. */
  onChange(listener: (id: string) => void): void;
  /** The workspaces a person belongs to, oldest first, with the role there. */
  ofPerson(person: string): Promise<(Workspace & { role: Role })[]>;
  addMember(workspace: string, person: string, role: Role): Promise<void>;
}

export function createWorkspaces(engine: Engine): Workspaces {
  const db = engine.postgres.db.withTables<{ workspaces: WorkspacesTable; members: MembersTable }>();
  const listeners: ((id: string) => void)[] = [];
  const columns = ['id', 'name', 'timezone', 'require_fresh_connections'] as const;
  return {
    list: () => db.selectFrom('workspaces').select(columns).orderBy('created_at').execute(),

    async get(id) {
      const found = await db.selectFrom('workspaces').select(columns).where('id', '=', id).executeTakeFirst();
      if (!found) throw notFound('workspace', id);
      return found;
    },

    create: (name, timezone) =>
      db
        .insertInto('workspaces')
        .values({ name, timezone } as never)
        .returning(columns)
        .executeTakeFirstOrThrow(),

    async update(id, change) {
      const changed = await db
        .updateTable('workspaces')
        .set(change)
        .where('id', '=', id)
        .returning(columns)
        .executeTakeFirstOrThrow();
      for (const listener of listeners) listener(id);
      return changed;
    },
    onChange: (listener) => void listeners.push(listener),

    ofPerson: (person) =>
      db
        .selectFrom('members')
        .innerJoin('workspaces', 'workspaces.id', 'members.workspace')
        .select([
          ...(['workspaces.id', 'workspaces.name', 'workspaces.timezone'] as const),
          ...(['workspaces.require_fresh_connections', 'members.role'] as const),
        ])
        .where('members.person', '=', person)
        .orderBy('workspaces.created_at')
        .execute(),

    async addMember(workspace, person, role) {
      await db
        .insertInto('members')
        .values({ workspace, person, role })
        .onConflict((on) => on.columns(['person', 'workspace']).doUpdateSet({ role }))
        .execute();
    },
  };
}
