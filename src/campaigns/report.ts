import { type Kysely, sql } from 'kysely';
import { noEmails } from '../delivery/index.ts';
import { reachedOf } from './counting.ts';
import { fieldOf } from './definition.ts';
import { compareWays } from './intervals.ts';
import type { Campaign, Ending, Report } from './schema.ts';
import { everyStep, type SplitStep } from './steps.ts';
import type { CampaignRow } from './store.ts';
import type { CampaignTables } from './tables.ts';

type Db = Kysely<CampaignTables>;
type Status = keyof Omit<Campaign['counts'], 'entered'>;

interface Group {
  status: Status;
  step: string | null;
  ended_by: Ending | null;
  count: number;
  waiting: number;
  goal: number;
}

/** People by step, beside the emails the ledger counts. */
export async function readReport(
  db: Db,
  row: CampaignRow,
  emailsByStep: ReadonlyMap<string, Report['emails']>,
  now: Date,
): Promise<Report> {
  const { rows: groups } = await sql<Group>`
    SELECT status, step, ended_by, count(*)::int AS count, count(goal_at)::int AS goal,
      count(*) FILTER (WHERE status = 'active' AND due_at > ${now})::int AS waiting
    FROM enrolments WHERE campaign = ${row.id} GROUP BY status, step, ended_by`.execute(db);
  const sum = (of: (group: Group) => number) => groups.reduce((all, group) => all + of(group), 0);
  const people = (status: Status) => sum((group) => (group.status === status ? group.count : 0));
  const exits: Partial<Record<Ending, number>> = {};
  for (const { ended_by, count } of groups) if (ended_by) exits[ended_by] = (exits[ended_by] ?? 0) + count;
  return {
    as_of: now.toISOString(),
    entered: sum(({ count }) => count),
    active: people('active'),
    waiting: sum(({ waiting }) => waiting),
    completed: people('completed'),
    exited: people('exited'),
    exits,
    goal: row.definition.goal ? { reached: sum(({ goal }) => goal) } : null,
    steps: await readSteps(db, row, groups, emailsByStep),
    emails: totalOf(emailsByStep),
  };
}

/** Of every step, also of those an edit took away. */
function totalOf(emailsByStep: ReadonlyMap<string, Report['emails']>): Report['emails'] {
  const emails = noEmails();
  for (const counts of emailsByStep.values()) {
    for (const name of Object.keys(emails) as (keyof typeof emails)[]) emails[name] += counts[name];
  }
  return emails;
}

async function readSteps(
  db: Db,
  row: CampaignRow,
  groups: readonly Group[],
  emailsByStep: ReadonlyMap<string, Report['emails']>,
): Promise<Report['steps']> {
  const reached = await reachedOf(db, row.id);
  const steps = [...everyStep(row.definition.steps)];
  const webhooks = steps.some(({ step }) => step.type === 'webhook')
    ? await webhooksOf(db, row.id)
    : undefined;
  return Promise.all(
    steps.map(async ({ step, at }) => {
      const { id, type, name = null } = step;
      return {
        ...{ id, name, type },
        path: fieldOf(at),
        reached: reached.get(id) ?? 0,
        waiting: groups.reduce(
          (all, { step, status, count }) => all + (step === id && status === 'active' ? count : 0),
          0,
        ),
        ...(type === 'email' && { emails: emailsByStep.get(id) ?? noEmails() }),
        ...(type === 'webhook' && { webhooks: { ...noWebhooks, ...webhooks?.get(id) } }),
        ...(type === 'split' && { ways: await readWays(db, row.id, step) }),
      };
    }),
  );
}

/** How many took each way of a split, and how many of them reached the goal. */
async function readWays(db: Db, campaign: string, { id, ways }: SplitStep) {
  const { rows } = await sql<{ way: string; people: number; goal: number }>`
    SELECT ways ->> ${id} AS way, count(*)::int AS people, count(goal_at)::int AS goal
    FROM enrolments WHERE campaign = ${campaign} AND ways ? ${id} GROUP BY 1`.execute(db);
  const found = new Map(rows.map((row) => [row.way, row]));
  return compareWays(
    ways.map(({ id, name = null, weight }) => {
      const { people = 0, goal = 0 } = found.get(id) ?? {};
      return { id, name, weight, people, goal };
    }),
  );
}

const noWebhooks = { waiting: 0, delivered: 0, failed: 0 };

async function webhooksOf(db: Db, campaign: string) {
  const { rows } = await sql<{ step: string; status: keyof typeof noWebhooks; count: number }>`
    SELECT step, status, count(*)::int AS count FROM campaign_webhooks
    WHERE campaign = ${campaign} GROUP BY step, status`.execute(db);
  const steps = new Map<string, Partial<typeof noWebhooks>>();
  for (const { step, status, count } of rows) steps.set(step, { ...steps.get(step), [status]: count });
  return steps;
}
