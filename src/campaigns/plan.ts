import type { Delivery } from '../delivery/index.ts';
import { Problem } from '../engine/index.ts';
import type { Segments } from '../segments/index.ts';
import { type Definition, fieldOf } from './definition.ts';
import { flowOf, type PlannedStep } from './flow.ts';
import { everyStep, type Step } from './steps.ts';

export interface PlanNeeds {
  delivery: Pick<Delivery, 'checkTemplate' | 'saveTemplate' | 'sender'>;
  segments: Pick<Segments, 'finishedVersion' | 'checkRule'>;
  /** Throws Problem 404 for a program that is not there. */
  checkProgram(workspace: string, program: string): Promise<void>;
}

type Trx = Parameters<Delivery['saveTemplate']>[0];

/**
 * Checks that a definition can run: templates that parse, accounts, segments, programs that are there.
 * @throws Problem 400, its field naming the place: `definition.steps[1].html`
 */
export async function checkDefinition(
  needs: PlanNeeds,
  workspace: string,
  definition: Definition,
): Promise<void> {
  const { segments } = needs;
  const { entry, exit, program } = definition;
  for (const [i, segment] of entry.segments.entries()) {
    await segments.finishedVersion(workspace, segment).catch(named(`definition.entry.segments[${i}]`));
  }
  if (program) await needs.checkProgram(workspace, program).catch(named('definition.program'));
  if (exit.rule) await segments.checkRule(workspace, exit.rule, 'definition.exit.rule');
  for (const { step, at } of everyStep(definition.steps)) {
    await checkStep(needs, workspace, step, fieldOf(['definition', ...at]));
  }
}

async function checkStep({ delivery, segments }: PlanNeeds, workspace: string, step: Step, at: string) {
  if (step.type === 'branch') {
    for (const [i, { rule }] of step.branches.entries()) {
      await segments.checkRule(workspace, rule, `${at}.branches[${i}].rule`);
    }
  }
  if (step.type !== 'email') return;
  const [problem] = await delivery.checkTemplate(workspace, step);
  const name = JSON.stringify(step.name ?? step.id);
  if (problem) {
    const part = problem.part === null ? '' : `, part ${JSON.stringify(problem.part)}`;
    const line = problem.line === null ? '' : `, line ${problem.line}`;
    throw new Problem(
      400,
      'bad_template',
      `Step ${name}, ${problem.field}${part}${line}: ${problem.message}`,
      {
        field: `${at}.${problem.field}`,
        hint: 'Preview the step to see what it makes.',
      },
    );
  }
  if (!step.html.trim() && !step.text?.trim() && !step.stored) {
    throw new Problem(400, 'empty_email', `Step ${name}: the email has no content.`, { field: `${at}.html` });
  }
  const sender = await delivery.sender(workspace, step.account).catch(named(`${at}.account`));
  if (step.stored && !sender.storesTemplates) {
    throw new Problem(400, 'no_stored_templates', `Step ${name}: its account keeps no templates.`, {
      field: `${at}.stored`,
      hint: 'An account of Amazon SES does; others send the HTML.',
    });
  }
}

const named = (field: string) => (error: unknown) => {
  if (!(error instanceof Problem)) throw error;
  throw new Problem(400, error.code, error.message, { field, cause: error });
};

/** The steps laid out flat as stepping needs them, with the templates kept. */
export async function planOf(
  { delivery }: PlanNeeds,
  trx: Trx,
  workspace: string,
  { steps }: Definition,
): Promise<PlannedStep[]> {
  const templates = new Map<string, string>();
  for (const { step } of everyStep(steps)) {
    if (step.type !== 'email') continue;
    const { subject, html, text, stored } = step;
    templates.set(step.id, await delivery.saveTemplate(trx, workspace, { subject, html, text, stored }));
  }
  return flowOf(steps).map((step) =>
    step.type === 'email' ? { ...step, template: templates.get(step.id)! } : step,
  );
}
