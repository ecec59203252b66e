import { Variable } from 'liquidjs';
import { enginesFor } from './liquid.ts';
import { piecesOf } from './liquid_tokens.ts';
import { fields, type Parts, type Template, type TemplateProblem } from './schema.ts';

/** What every email knows; of `person` any attribute. */
const known: Record<string, readonly string[] | 'anything'> = {
  person: 'anything',
  workspace: ['name'],
  campaign: ['name'],
  // What came with the entry: parameters of a call, properties of an event.
  entry: 'anything',
  unsubscribe_url: [],
  // What a layout's own block holds: {{ block.super }}.
  block: ['super'],
};
/** A person has these without anybody having said so. */
const always = ['id', 'email'];

/** A variable, and where it stands. */
interface Spoken {
  field: TemplateProblem['field'];
  part: string | null;
  line: number;
  path: (string | undefined)[];
}

/** Variables no email knows are errors; attributes no person of the workspace has are warnings. */
export async function unknownVariables(
  template: Template,
  parts: Parts,
  attributesAmong: (names: string[]) => Promise<string[]>,
): Promise<TemplateProblem[]> {
  const spoken = spokenIn(template, parts);
  const asked = spoken.flatMap(({ path: [root, name] }) =>
    root === 'person' && name !== undefined && !always.includes(name) ? name : [],
  );
  const there = new Set(asked.length > 0 ? await attributesAmong([...new Set(asked)]) : []);
  return spoken.flatMap(({ path, ...at }): TemplateProblem[] => {
    const [root = '', name] = path;
    const of = Object.hasOwn(known, root) ? known[root] : undefined;
    const written = path.filter((one) => one !== undefined).join('.');
    if (!of || (of !== 'anything' && name !== undefined && !of.includes(name))) {
      return [
        { level: 'error', ...at, message: `No email knows {{ ${written} }}: it would be empty. ${hint}` },
      ];
    }
    if (root !== 'person' || name === undefined || always.includes(name) || there.has(name)) return [];
    return [{ level: 'warning', ...at, message: `No person has ${written} yet: it is empty for everybody.` }];
  });
}

const hint = 'There are person.…, entry.…, workspace.name, campaign.name and unsubscribe_url.';

/** Every variable, each once a line, that the template does not make itself. */
function spokenIn(template: Template, parts: Parts): Spoken[] {
  const sources = [
    ...fields.map((field) => ({ field, part: null, source: template[field] ?? '' })),
    ...Object.entries(parts).map(([part, source]) => ({ field: 'html' as const, part, source })),
  ];
  const handed = new Set(sources.flatMap(({ source }) => handedOn(source)));
  const seen = new Set<string>();
  return sources.flatMap(({ field, part, source }) =>
    variablesIn(source).flatMap(({ path, line }) => {
      const key = JSON.stringify([field, part, line, path]);
      // A part gets what it is handed by whoever renders it.
      if (seen.has(key) || (part !== null && handed.has(path[0] ?? ''))) return [];
      seen.add(key);
      return [{ field, part, line, path }];
    }),
  );
}

function variablesIn(source: string): { path: (string | undefined)[]; line: number }[] {
  const engine = enginesFor('UTC').plain;
  try {
    const { globals } = engine.analyzeSync(engine.parse(source), { partials: false });
    return Object.values(globals)
      .flat()
      .map(({ segments, location }) => ({
        path: segments.slice(0, 2).map((one) => (one instanceof Variable ? undefined : String(one))),
        line: location.row,
      }));
  } catch {
    return [];
  }
}

/** Names under which a source hands values to its parts: `title: …`, `with … as item`, and what it assigns. */
function handedOn(source: string): string[] {
  try {
    const engine = enginesFor('UTC').plain;
    const { locals } = engine.analyzeSync(engine.parse(source), { partials: false });
    const tags = piecesOf(source).filter(({ kind }) => kind === 'tag');
    const named = tags.flatMap(({ args }) =>
      [...args.matchAll(/(\w+)\s*:|\bas\s+(\w+)/g)].map((found) => found[1] ?? found[2]!),
    );
    // Without `as` it is called like the part.
    const alike = tags.flatMap(({ args }) => /^\s*["']([\w-]+)["']\s+(?:with|for)\b/.exec(args)?.[1] ?? []);
    return [...Object.keys(locals), ...named, ...alike, 'forloop'];
  } catch {
    return [];
  }
}
