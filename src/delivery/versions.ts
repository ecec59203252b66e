import type { Kysely } from 'kysely';
import { Problem } from '../engine/index.ts';
import { enginesFor } from './liquid.ts';
import { usesOf } from './liquid_tokens.ts';
import { compileMjml, type Fault } from './mjml/index.ts';
import { partsOf } from './parts.ts';
import { fields, type Parts, type Template, type TemplateProblem, type Version } from './schema.ts';
import type { DeliveryTables } from './tables.ts';
import { problemOf } from './templates.ts';

/** What a template becomes, and what is wrong with it. */
export interface Resolved {
  version: Version;
  /** The parts it takes, as they are written. */
  parts: Parts;
  /** Errors alone: where there are any it cannot be sent as it is meant. */
  problems: TemplateProblem[];
}

/** Takes in the parts a template renders, as they are now, and makes HTML of its MJML. */
export async function resolve(
  db: Kysely<DeliveryTables>,
  workspace: string,
  template: Template,
): Promise<Resolved> {
  const { subject, html, text, stored } = template;
  const parts = await partsOf(
    db,
    workspace,
    fields.flatMap((field) => template[field] ?? []),
  );
  const problems = [...check(template, parts), ...faultsOfStored(template)];
  const whole = { version: { subject, html, text, parts, stored }, parts, problems };
  if (problems.some(({ field }) => field === 'html')) return whole;
  const compiled = await compileMjml(html, parts);
  if (!compiled) return whole;
  const wrong = compiled.faults.map((fault: Fault) => ({
    ...fault,
    level: 'error' as const,
    field: 'html' as const,
  }));
  const version = { subject, text, html: compiled.html, parts: compiled.parts, stored };
  return { version, parts, problems: [...problems, ...(wrong.length > 0 ? wrong : unparsed(version))] };
}

/** Liquid that does not parse, in what a template of the provider is filled with. */
function faultsOfStored({ stored }: Template): TemplateProblem[] {
  return Object.entries(stored?.data ?? {}).flatMap(([name, source]) => {
    try {
      enginesFor('UTC').plain.parse(source);
      return [];
    } catch (error) {
      const problem = problemOf('html', error);
      return [{ ...problem, message: `stored.data.${name}: ${problem.message}` }];
    }
  });
}

/** Every field and part that does not parse, and every part that is not there. Empty when all is well. */
function check(template: Template, parts: Parts): TemplateProblem[] {
  const { html, plain } = enginesFor('UTC');
  const problems: TemplateProblem[] = [];
  const look = (field: TemplateProblem['field'], part: string | null, source: string) => {
    try {
      (field === 'html' ? html : plain).parse(source);
      for (const { name, line, text } of usesOf(source)) {
        const message =
          name === undefined
            ? `Name the part in quotes: ${text}`
            : Object.hasOwn(parts, name)
              ? undefined
              : `There is no template part "${name}".`;
        if (message) problems.push({ level: 'error', field, part, line, message });
      }
    } catch (error) {
      problems.push(problemOf(field, error, part));
    }
  };
  for (const field of fields) {
    if (template[field]) look(field, null, template[field]);
  }
  for (const [name, source] of Object.entries(parts)) look('html', name, source);
  if (!template.subject.trim()) {
    problems.push({
      level: 'error',
      field: 'subject',
      part: null,
      line: null,
      message: 'The subject is empty.',
    });
  }
  return problems;
}

/** MJML moves Liquid about: what parsed before may not any more. Lines mean nothing there. */
function unparsed({ html, parts }: Version): TemplateProblem[] {
  const engine = enginesFor('UTC').html;
  return [html, ...Object.values(parts)].flatMap((source) => {
    try {
      engine.parse(source);
      return [];
    } catch (error) {
      const { message } = problemOf('html', error);
      return [
        {
          level: 'error',
          field: 'html',
          part: null,
          line: null,
          message: `MJML took Liquid apart: ${message}`,
        },
      ];
    }
  });
}

export const badTemplate = ({ field, line, message }: TemplateProblem) =>
  new Problem(400, 'bad_template', `${line === null ? '' : `Line ${line}: `}${message}`, { field });
