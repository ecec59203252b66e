import { type Kysely, sql } from 'kysely';
import { type Delivery, partsNamed } from '../delivery/index.ts';
import { parseRule, type Rule, referencesOf, type Segments } from '../segments/index.ts';
import type { Definition } from './definition.ts';
import { everyStep } from './steps.ts';
import type { CampaignTables } from './tables.ts';

/** Keeps what campaigns that are not stopped use from being removed. */
export function guardUses(
  db: Kysely<CampaignTables>,
  { segments, delivery }: { segments: Segments; delivery: Delivery },
): void {
  segments.addDeleteGuard((workspace, ids) =>
    users(db, workspace, ids, (definition) => segmentsOf(definition).some((id) => ids.includes(id))),
  );
  delivery.addAccountGuard((workspace, ids) =>
    users(db, workspace, ids, ({ steps }) =>
      [...everyStep(steps)].some(
        ({ step }) => step.type === 'email' && step.account !== undefined && ids.includes(step.account),
      ),
    ),
  );
  delivery.addPartGuard((workspace, names) =>
    users(db, workspace, names, ({ steps }) =>
      [...everyStep(steps)].some(
        ({ step }) =>
          step.type === 'email' &&
          [step.subject, step.html, step.text ?? ''].some((source) =>
            partsNamed(source).some((part) => names.includes(part)),
          ),
      ),
    ),
  );
}

/** Every segment a definition names, also in the rules of its branches. */
function segmentsOf({ entry, exit, steps }: Definition): string[] {
  const rules: Rule[] = exit.rule ? [parseRule(exit.rule)] : [];
  for (const { step } of everyStep(steps)) {
    if (step.type === 'branch') rules.push(...step.branches.map(({ rule }) => parseRule(rule)));
  }
  return [...entry.segments, ...rules.flatMap((rule) => referencesOf(rule).map(({ segment }) => segment))];
}

const containing = (text: string) => `%${text.toLowerCase().replace(/[%_\\]/g, '\\$&')}%`;

/** Names the campaigns, not stopped, whose newest definition uses something; one of `named` stands in it in any case. */
async function users(
  db: Kysely<CampaignTables>,
  workspace: string,
  named: readonly string[],
  uses: (definition: Definition) => boolean,
): Promise<string[]> {
  const { rows } = await sql<{ name: string; definition: Definition }>`
    SELECT c.name, v.definition
    FROM campaigns AS c JOIN campaign_versions AS v ON v.campaign = c.id AND v.version = c.version
    WHERE c.workspace = ${workspace} AND c.status <> 'stopped' AND lower(v.definition::text) LIKE ANY(${named.map(containing)}::text[])
    ORDER BY c.name`.execute(db);
  return rows
    .filter(({ definition }) => uses(definition))
    .map(({ name }) => `the campaign ${JSON.stringify(name)}`);
}
