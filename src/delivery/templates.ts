import { createHash } from 'node:crypto';
import { Liquid, type Template as Parsed } from 'liquidjs';
import { createLru } from './lru.ts';
import { plainText } from './plaintext.ts';
import type { Template, TemplateProblem } from './schema.ts';

/** What a template may speak of. Anything else, and anything a person lacks, is empty. */
export interface Variables {
  /** The person's attributes, with `id` and `email`. */
  person: Record<string, unknown>;
  workspace: { name: string };
  campaign: { name: string };
  unsubscribe_url: string;
}

/** The parts of an email as the person gets them. */
interface Rendered {
  subject: string;
  html: string;
  text: string;
}

/** A template ready to be rendered for many people. */
export interface CompiledTemplate {
  /** Throws liquidjs' error when it cannot be rendered for this person. */
  render(variables: Variables): Rendered;
  /** The attributes of a person it speaks of, or undefined when that cannot be told (`person[name]`). */
  readonly attributes: readonly string[] | undefined;
}

const parts = ['subject', 'html', 'text'] as const;

const escapes: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&#34;',
  "'": '&#39;',
};
const show = (value: unknown) =>
  value === null || value === undefined
    ? ''
    : typeof value === 'object'
      ? JSON.stringify(value)
      : String(value);
export const escapeHtml = (value: unknown) =>
  show(value).replace(/[&<>"']/g, (character) => escapes[character]!);

function liquid(timezone: string, html: boolean): Liquid {
  const engine = new Liquid({
    // Partials come from this empty list alone: a template must never read the server's files.
    templates: {},
    strictFilters: true,
    ownPropertyOnly: true,
    timezoneOffset: timezone,
    outputEscape: html ? escapeHtml : undefined,
    // One template must not hold up everybody's emails: characters parsed, milliseconds and memory for one email.
    parseLimit: 2_000_000,
    renderLimit: 500,
    memoryLimit: 10_000_000,
  });
  // In HTML everything is escaped already; asking for it must not do it twice.
  if (html) engine.registerFilter('escape', { raw: true, handler: escapeHtml });
  rememberDates(engine);
  return engine;
}

/** liquidjs takes 0.2 ms to write one date, ten times what the rest of an email takes; people's dates repeat. */
function rememberDates(engine: Liquid): void {
  const written = createLru<unknown>(10_000);
  const builtin = engine.filters.date as (this: unknown, value: unknown, ...rest: unknown[]) => unknown;
  engine.registerFilter('date', function (value: unknown, ...rest: unknown[]) {
    // `now` and `today` are another date each time.
    if (typeof value !== 'string' || !/^\d/.test(value)) return builtin.call(this, value, ...rest);
    const key = JSON.stringify([value, ...rest]);
    const known = written.get(key);
    if (known !== undefined) return known;
    const made = builtin.call(this, value, ...rest);
    written.set(key, made);
    return made;
  });
}

const engines = new Map<string, { html: Liquid; plain: Liquid }>();

function enginesFor(timezone: string) {
  let found = engines.get(timezone);
  if (!found) {
    found = { html: liquid(timezone, true), plain: liquid(timezone, false) };
    engines.set(timezone, found);
  }
  return found;
}

/** Names a template by its content: the same words are the same template. */
export const templateId = ({ subject, html, text }: Template) =>
  createHash('sha256')
    .update(JSON.stringify([subject, html, text ?? null]))
    .digest('base64url');

/**
 * Parses a template once, for any number of people.
 * @param timezone IANA name, for the `date` filter
 * @throws liquidjs' error when a part does not parse; `checkTemplate` gives it as problems
 */
export function compileTemplate(template: Template, timezone = 'UTC'): CompiledTemplate {
  const { html: escaping, plain } = enginesFor(timezone);
  const subject = plain.parse(template.subject);
  const html = escaping.parse(template.html);
  const text = template.text?.trim() ? plain.parse(template.text) : undefined;
  return {
    attributes: attributesOf(plain, [...subject, ...html, ...(text ?? [])]),
    render(variables) {
      const body = String(escaping.renderSync(html, variables));
      return {
        // A line break in a header would begin another header.
        subject: String(plain.renderSync(subject, variables)).replace(/\s+/g, ' ').trim(),
        html: body,
        text: text ? String(plain.renderSync(text, variables)) : plainText(body),
      };
    },
  };
}

function attributesOf(engine: Liquid, parsed: Parsed[]): string[] | undefined {
  const names = new Set<string>();
  try {
    for (const [root, name] of engine.globalVariableSegmentsSync(parsed, { partials: false })) {
      if (root !== 'person') continue;
      if (typeof name !== 'string') return undefined;
      names.add(name);
    }
  } catch {
    return undefined;
  }
  return [...names];
}

/** Every part that does not parse, with the line. Empty when the template is fine. */
export function checkTemplate(template: Template): TemplateProblem[] {
  const { html, plain } = enginesFor('UTC');
  return parts.flatMap((field) => {
    const source = template[field];
    if (field === 'subject' && !source?.trim()) {
      return [{ field, line: null, message: 'The subject is empty.' }];
    }
    if (!source) return [];
    try {
      (field === 'html' ? html : plain).parse(source);
      return [];
    } catch (error) {
      return [problemOf(field, error)];
    }
  });
}

/** Renders for a preview: what can be rendered, and the problems of what cannot. */
export function previewTemplate(template: Template, variables: Variables, timezone = 'UTC') {
  const problems = checkTemplate(template);
  const { html: escaping, plain } = enginesFor(timezone);
  const rendered: Rendered = { subject: '', html: '', text: '' };
  for (const field of parts) {
    const source = template[field];
    if (!source || problems.some((problem) => problem.field === field && problem.line !== null)) continue;
    try {
      const engine = field === 'html' ? escaping : plain;
      rendered[field] = String(engine.parseAndRenderSync(source, variables));
    } catch (error) {
      problems.push(problemOf(field, error));
    }
  }
  rendered.subject = rendered.subject.replace(/\s+/g, ' ').trim();
  if (!template.text?.trim()) rendered.text = plainText(rendered.html);
  return { ...rendered, problems };
}

/** liquidjs says `undefined filter: x, line:1, col:5`, with the token and so the line. */
function problemOf(field: (typeof parts)[number], error: unknown): TemplateProblem {
  const message = error instanceof Error ? error.message : String(error);
  const line = /, line:(\d+)/.exec(message);
  return {
    field,
    line: line ? Number(line[1]) : null,
    message: message.replace(/, line:\d+, col:\d+.*$/s, ''),
  };
}
