import { type Kysely, sql } from 'kysely';
import { type Delivery, partInUse, partsNamed } from '../delivery/index.ts';
import { Problem } from '../engine/index.ts';
import { parseRule, type Rule, referencesOf, type Segments } from '../segments/index.ts';
import type { Definition } from './definition.ts';
import { everyStep } from './steps.ts';
import type { CampaignTables } from './tables.ts';

/** Keeps what campaigns that are not stopped use from being removed. */
export function guardUses(
  db: Kysely<CampaignTables>,
  { segments, delivery }: { segments: Segments; delivery: Delivery },
): void {
  segments.addDeleteGuard((workspace, segment) =>
    users(db, workspace, segment, (definition) => segmentsOf(definition).includes(segment)),
  );
  delivery.addAccountGuard(async (workspace, account) => {
    const all = await users(db, workspace, account, ({ steps }) =>
      [...everyStep(steps)].some(({ step }) => step.type === 'email' && step.account === account),
    );
    if (all.length === 0) return;
    throw new Problem(409, 'account_in_use', `The account is used by ${all.join(', ')}.`, {
      hint: 'Give those steps another account first.',
    });
  });
  delivery.addPartGuard(async (workspace, part) => {
    const all = await users(db, workspace, part, ({ steps }) =>
      [...everyStep(steps)].some(
        ({ step }) =>
          step.type === 'email' &&
          [step.subject, step.html, step.text ?? ''].some((source) => partsNamed(source).includes(part)),
      ),
    );
    if (all.length > 0) throw partInUse(all);
  });
}

/** Every segment a definition names, also in the rules of its branches. */
function segmentsOf({ entry, exit, steps }: Definition): string[] {
  const rules: Rule[] = exit.rule ? [parseRule(exit.rule)] : [];
  for (const { step } of everyStep(steps)) {
    if (step.type === 'branch') rules.push(...step.branches.map(({ rule }) => parseRule(rule)));
  }
  return [...entry.segments, ...rules.flatMap((rule) => referencesOf(rule).map(({ segment }) => segment))];
}

/** Names the campaigns, not stopped, whose newest definition uses something; `named` stands in it in any case. */
async function users(
  db: Kysely<CampaignTables>,
  workspace: string,
  named: string,
  uses: (definition: Definition) => boolean,
): Promise<string[]> {
  const { rows } = await sql<{ name: string; definition: Definition }>`
    SELECT c.name, v.definition
    FROM campaigns AS c JOIN campaign_versions AS v ON v.campaign = c.id AND v.version = c.version
    WHERE c.workspace = ${workspace} AND c.status <> 'stopped' AND strpos(lower(v.definition::text), ${named.toLowerCase()}) > 0
    ORDER BY c.name`.execute(db);
  return rows
    .filter(({ definition }) => uses(definition))
    .map(({ name }) => `the campaign ${JSON.stringify(name)}`);
}
