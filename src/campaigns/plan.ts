import type { Delivery } from '../delivery/index.ts';
import { Problem } from '../engine/index.ts';
import type { Segments } from '../segments/index.ts';
import type { Definition, PlannedStep } from './schema.ts';

export interface PlanNeeds {
  delivery: Pick<Delivery, 'checkTemplate' | 'saveTemplate' | 'sender'>;
  segments: Pick<Segments, 'finishedVersion'>;
}

type Trx = Parameters<Delivery['saveTemplate']>[0];

/**
 * Checks that a definition can run: templates that parse, accounts and segments that are there.
 * @throws Problem 400, its field naming the place: `definition.steps[1].html`
 */
export async function checkDefinition(
  { delivery, segments }: PlanNeeds,
  workspace: string,
  definition: Definition,
): Promise<void> {
  for (const [i, segment] of definition.entry.segments.entries()) {
    await segments.finishedVersion(workspace, segment).catch(named(`definition.entry.segments[${i}]`));
  }
  for (const [i, step] of definition.steps.entries()) {
    if (step.type !== 'email') continue;
    const at = `definition.steps[${i}]`;
    const [problem] = await delivery.checkTemplate(workspace, step);
    if (problem) {
      const part = problem.part === null ? '' : `, part ${JSON.stringify(problem.part)}`;
      const line = problem.line === null ? '' : `, line ${problem.line}`;
      throw new Problem(
        400,
        'bad_template',
        `Step ${JSON.stringify(step.id)}, ${problem.field}${part}${line}: ${problem.message}`,
        { field: `${at}.${problem.field}`, hint: 'Preview the step to see what it makes.' },
      );
    }
    if (!step.html.trim() && !step.text?.trim()) {
      throw new Problem(400, 'empty_email', `Step ${JSON.stringify(step.id)}: the email has no content.`, {
        field: `${at}.html`,
      });
    }
    if (step.account) await delivery.sender(workspace, step.account).catch(named(`${at}.account`));
  }
}

const named = (field: string) => (error: unknown) => {
  if (!(error instanceof Problem)) throw error;
  throw new Problem(400, error.code, error.message, { field, cause: error });
};

/** What stepping needs, with the templates kept. */
export async function planOf(
  { delivery }: PlanNeeds,
  trx: Trx,
  workspace: string,
  { steps }: Definition,
): Promise<PlannedStep[]> {
  const plan: PlannedStep[] = [];
  for (const step of steps) {
    const { id, type } = step;
    if (step.type === 'wait') plan.push({ id, type, seconds: step.seconds });
    else {
      const { subject, html, text, account } = step;
      plan.push({
        id,
        type,
        account,
        template: await delivery.saveTemplate(trx, workspace, { subject, html, text }),
      });
    }
  }
  return plan;
}
