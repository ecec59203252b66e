import type { Kysely } from 'kysely';
import { createUses, type Engine, notFound, Problem } from '../engine/index.ts';
import { enginesFor } from './liquid.ts';
import { usesOf } from './liquid_tokens.ts';
import type { Parts, TemplatePart } from './schema.ts';
import type { DeliveryTables } from './tables.ts';
import { problemOf } from './templates.ts';

const mostParts = 500;

/** The names of the parts that a text takes; none where its Liquid does not end. */
export function partsNamed(source: string): string[] {
  try {
    return [...new Set(usesOf(source).flatMap(({ name }) => name ?? []))];
  } catch {
    return [];
  }
}

/** The parts that these texts take, and those that the parts take themselves. */
export async function partsOf(
  db: Kysely<DeliveryTables>,
  workspace: string,
  sources: readonly string[],
): Promise<Parts> {
  const found: Record<string, string> = {};
  const asked = new Set<string>();
  let wanted = sources.flatMap(partsNamed);
  for (;;) {
    const names = [...new Set(wanted)].filter((name) => !asked.has(name));
    if (names.length === 0) return found;
    for (const name of names) asked.add(name);
    const rows = await db
      .selectFrom('template_parts')
      .select(['name', 'source'])
      .where('workspace', '=', workspace)
      .where('name', 'in', names)
      .orderBy('name')
      .execute();
    for (const { name, source } of rows) found[name] = source;
    wanted = rows.flatMap(({ source }) => partsNamed(source));
  }
}

/** A workspace's parts. */
export function createParts({ clock }: Pick<Engine, 'clock'>, db: Kysely<DeliveryTables>) {
  const uses = createUses('part', 'Take it out there first.');
  const of = (workspace: string) =>
    db.selectFrom('template_parts').selectAll().where('workspace', '=', workspace).orderBy('name');

  uses.add(async (workspace, taken) =>
    (await of(workspace).execute())
      .filter(({ name, source }) => partsNamed(source).some((one) => one !== name && taken.includes(one)))
      .map(({ name }) => `the part ${JSON.stringify(name)}`),
  );

  const parts = {
    list: async (workspace: string): Promise<TemplatePart[]> => (await of(workspace).execute()).map(view),

    async get(workspace: string, name: string): Promise<TemplatePart> {
      const row = await of(workspace).where('name', '=', name).executeTakeFirst();
      if (!row) throw notFound('template part', name);
      return view(row);
    },

    /** Makes a part, or changes it for the emails saved from now on. Throws Problem 400 where it is no Liquid. */
    async put(workspace: string, name: string, source: string): Promise<TemplatePart> {
      check(source);
      const { count } = await db
        .selectFrom('template_parts')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .where('workspace', '=', workspace)
        .where('name', '<>', name)
        .executeTakeFirstOrThrow();
      if (count >= mostParts) {
        throw new Problem(409, 'too_many_parts', `There are ${mostParts} template parts already.`, {
          hint: 'Delete those no email takes any more.',
        });
      }
      const updated_at = clock.now();
      const row = await db
        .insertInto('template_parts')
        .values({ workspace, name, source, updated_at })
        .onConflict((on) => on.columns(['workspace', 'name']).doUpdateSet({ source, updated_at }))
        .returningAll()
        .executeTakeFirstOrThrow();
      return view(row);
    },

    /** Throws Problem 409 while another part, or whoever guards it, takes it. */
    async remove(workspace: string, name: string): Promise<void> {
      await parts.get(workspace, name);
      await uses.check(workspace, [name]);
      await db
        .deleteFrom('template_parts')
        .where('workspace', '=', workspace)
        .where('name', '=', name)
        .execute();
    },

    addDeleteGuard: uses.add,
  };
  return parts;
}

function check(source: string): void {
  try {
    enginesFor('UTC').html.parse(source);
  } catch (error) {
    const { line, message } = problemOf('html', error);
    throw new Problem(400, 'bad_template', `${line === null ? '' : `Line ${line}: `}${message}`, {
      field: 'source',
    });
  }
}

const view = ({ name, source, updated_at }: DeliveryTables['template_parts']): TemplatePart => ({
  name,
  source,
  updated_at: updated_at.toISOString(),
});
