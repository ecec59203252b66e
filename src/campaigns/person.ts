import { sql } from 'kysely';
import type { Engine } from '../engine/index.ts';
import type { Person, Profiles } from '../profiles/index.ts';
import type { CampaignStatus, Definition } from './schema.ts';
import { everyStep } from './steps.ts';

interface Row {
  id: string;
  name: string;
  status: CampaignStatus;
  state: 'active' | 'completed' | 'exited';
  step: string | null;
  definition: Definition;
  entered_at: Date;
  due_at: Date;
  ended_at: Date | null;
}

/** Campaigns in one answer about a person. */
const shown = 200;

/** A person's page tells of the campaigns they are or were in, the newest first; so does what is exported of them. */
export function showCampaignsOf({ postgres }: Pick<Engine, 'postgres'>, profiles: Profiles): void {
  profiles.addPanel('campaigns', async (workspace, _id, ids): Promise<Person['campaigns']> => {
    const { rows } = await sql<Row>`
      SELECT c.id, c.name, c.status, e.status AS state, e.step, v.definition, e.entered_at, e.due_at, e.ended_at
      FROM enrolments AS e
      JOIN campaigns AS c ON c.id = e.campaign
      JOIN campaign_versions AS v ON v.campaign = c.id AND v.version = c.version
      WHERE e.workspace = ${workspace} AND e.campaign IN (SELECT id FROM campaigns WHERE workspace = ${workspace})
        AND e.profile = ANY(${ids}::text[])
      ORDER BY e.entered_at DESC, c.id DESC
      LIMIT ${shown}`.execute(postgres.db);
    return rows.map(({ step, definition, entered_at, due_at, ended_at, ...row }) => ({
      ...row,
      step: placeOf(definition, step),
      entered_at: entered_at.toISOString(),
      due_at: row.state === 'active' ? due_at.toISOString() : null,
      ended_at: ended_at?.toISOString() ?? null,
    }));
  });
}

/** Which step of how many, in the order in which the definition has them. */
function placeOf({ steps }: Definition, id: string | null) {
  const all = [...everyStep(steps)];
  const at = all.findIndex(({ step }) => step.id === id);
  return at < 0 ? null : { number: at + 1, of: all.length, type: all[at]!.step.type };
}
