import type { Kysely } from 'kysely';
import type { Profiles } from '../profiles/index.ts';
import { checkEmail } from './checks.ts';
import type { Template, TemplateProblem } from './schema.ts';
import type { DeliveryTables } from './tables.ts';
import { renderAll } from './templates.ts';
import { unknownVariables } from './unknown.ts';
import { previewEmail } from './unsubscribe.ts';
import { resolve } from './versions.ts';

interface PreviewNeeds {
  db: Kysely<DeliveryTables>;
  profiles: Pick<Profiles, 'attributesOf' | 'attributesAmong'>;
  workspaceOf: (id: string) => Promise<{ name: string; timezone: string }>;
  unsubscribeUrl: (email: string) => string;
}

/** The same twice on one line is told once. */
const once = (problems: TemplateProblem[]) => [
  ...new Map(problems.map((one) => [JSON.stringify(one), one])).values(),
];

/** Shows templates as people would get them. */
export function createPreview({ db, profiles, workspaceOf, unsubscribeUrl }: PreviewNeeds) {
  /** With the person's attributes where one is given; and all that is wrong with it. */
  return async function preview(workspace: string, template: Template, person?: string) {
    const { name, timezone } = await workspaceOf(workspace);
    const { version, parts, problems } = await resolve(db, workspace, template);
    const people = person ? await profiles.attributesOf(workspace, [person]) : undefined;
    const attributes = (person && people?.get(person)) || {};
    const unsubscribe = unsubscribeUrl(previewEmail);
    // An empty subject is a problem, but nothing that cannot be shown.
    const unshown = problems.filter(({ field, line }) => field !== 'subject' || line !== null);
    const broken = new Set(unshown.map(({ field }) => field));
    const whole = (field: 'subject' | 'html' | 'text') => (broken.has(field) ? '' : (version[field] ?? ''));
    const { problems: failed, ...email } = renderAll(
      { ...version, subject: whole('subject'), html: whole('html'), text: whole('text') },
      {
        person: { ...attributes, id: person ?? '' },
        workspace: { name },
        campaign: { name: '' },
        unsubscribe_url: unsubscribe,
      },
      timezone,
    );
    const asked = (names: string[]) => profiles.attributesAmong(workspace, names);
    const unknown = await unknownVariables(template, parts, asked);
    const checks =
      broken.has('html') || failed.length > 0
        ? []
        : checkEmail(email, {
            unsubscribe,
            textGiven: Boolean(template.text?.trim()),
            sources: [template.html, ...Object.values(parts)],
          });
    return {
      ...email,
      problems: once([...problems, ...failed, ...unknown, ...checks]),
      /** Why this cannot be sent at all. */
      broken: [...unshown, ...failed][0],
    };
  };
}
