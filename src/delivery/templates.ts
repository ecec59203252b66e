import { createHash } from 'node:crypto';
import type { Liquid, Template as Parsed } from 'liquidjs';
import { enginesFor } from './liquid.ts';
import { plainText } from './plaintext.ts';
import type { RenderedEmail } from './providers/index.ts';
import { fields, type TemplateProblem, type Version } from './schema.ts';
import { createMarks, type Link } from './tracking_marks.ts';

/** What a template may speak of. Anything else, and anything a person lacks, is empty. */
export interface Variables {
  /** The person's attributes, with `id` and `email`. */
  person: Record<string, unknown>;
  workspace: { name: string };
  campaign: { name: string };
  /** What came with the person's entry into the campaign. */
  entry?: Record<string, unknown>;
  unsubscribe_url: string;
}

/** The parts of an email as the person gets them. */
interface Rendered {
  subject: string;
  html: string;
  text: string;
  stored?: RenderedEmail['stored'];
}

/** A template ready to be rendered for many people. */
export interface CompiledTemplate {
  /**
   * Throws liquidjs' error when it cannot be rendered for this person.
   * @param write what the links of the HTML become, where it was compiled with `links`
   */
  render(variables: Variables, write?: (link: Link) => string): Rendered;
  /** The attributes of a person it speaks of, or undefined when that cannot be told (`person[name]`). */
  readonly attributes: readonly string[] | undefined;
}

/** Names a version by its content: the same words are the same version. */
export const versionId = ({ subject, html, text, parts, stored }: Version) =>
  createHash('sha256')
    .update(
      JSON.stringify([
        ...[subject, html, text ?? null, ...Object.entries(parts).sort().flat()],
        ...(stored ? [stored] : []),
      ]),
    )
    .digest('base64url');

/**
 * Parses a version once, for any number of people.
 * @param timezone IANA name, for the `date` filter
 * @param links whether links are to be written anew for each person: where they are is found here, once
 * @throws liquidjs' error when a field does not parse
 */
export function compileTemplate(version: Version, timezone = 'UTC', links = false): CompiledTemplate {
  const { plain } = enginesFor(timezone, version.parts);
  const marks = links ? createMarks() : undefined;
  const { html: escaping } = marks
    ? enginesFor(timezone, mapValues(version.parts, marks.mark))
    : enginesFor(timezone, version.parts);
  const subject = plain.parse(version.subject);
  const html = escaping.parse(marks ? marks.mark(version.html) : version.html);
  const text = version.text?.trim() ? plain.parse(version.text) : undefined;
  const parts = Object.values(version.parts).flatMap((source) => plain.parse(source));
  const data = Object.entries(version.stored?.data ?? {}).map(
    ([name, source]) => [name, plain.parse(source)] as const,
  );
  return {
    attributes: attributesOf(plain, [
      ...subject,
      ...html,
      ...(text ?? []),
      ...parts,
      ...data.flatMap(([, one]) => one),
    ]),
    render(variables, write) {
      const body = rendered(escaping, html, variables);
      return {
        subject: oneLine(rendered(plain, subject, variables)),
        html: marks ? marks.write(body, write) : body,
        // Links that people read say where they lead.
        text: text ? rendered(plain, text, variables) : plainText(marks ? marks.write(body) : body),
        ...(version.stored && { stored: fill(plain, version.stored.name, data, variables) }),
      };
    },
  };
}

/** What the provider fills its template with; the link to unsubscribe is there without being asked for. */
const fill = (
  engine: Liquid,
  name: string,
  data: readonly (readonly [string, Parsed[]])[],
  variables: Variables,
): NonNullable<Rendered['stored']> => ({
  name,
  data: {
    unsubscribe_url: variables.unsubscribe_url,
    ...Object.fromEntries(data.map(([name, parsed]) => [name, rendered(engine, parsed, variables)])),
  },
});

const mapValues = (all: Version['parts'], change: (value: string) => string): Version['parts'] =>
  Object.fromEntries(Object.entries(all).map(([name, value]) => [name, change(value)]));

/** Parts see the person too: `render` passes on nothing but what is global. */
const rendered = (engine: Liquid, parsed: Parsed[], variables: Variables) =>
  String(engine.renderSync(parsed, variables, { globals: variables }));

/** A line break in a header would begin another header. */
const oneLine = (subject: string) => subject.replace(/\s+/g, ' ').trim();

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

/** Renders each field that can be, and says what is wrong with the others. */
export function renderAll(version: Version, variables: Variables, timezone = 'UTC') {
  const { html: escaping, plain } = enginesFor(timezone, version.parts);
  const problems: TemplateProblem[] = [];
  const shown: Rendered = { subject: '', html: '', text: '' };
  for (const field of fields) {
    const source = version[field];
    if (!source) continue;
    try {
      const engine = field === 'html' ? escaping : plain;
      shown[field] = rendered(engine, engine.parse(source), variables);
    } catch (error) {
      problems.push(problemOf(field, error));
    }
  }
  shown.subject = oneLine(shown.subject);
  if (!version.text?.trim()) shown.text = plainText(shown.html);
  return { ...shown, problems };
}

/** liquidjs says `undefined filter: x, file:footer, line:1, col:5`. */
export function problemOf(
  field: TemplateProblem['field'],
  error: unknown,
  part: string | null = null,
): TemplateProblem {
  const message = error instanceof Error ? error.message : String(error);
  const line = /, line:(\d+)/.exec(message);
  return {
    level: 'error',
    field,
    part,
    line: line ? Number(line[1]) : null,
    message: message.replace(/(, file:[^,\n]*)?, line:\d+, col:\d+.*$/s, ''),
  };
}
