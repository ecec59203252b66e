import type { Kysely } from 'kysely';
import type { Claimed } from './ledger.ts';
import { createLru } from './lru.ts';
import type { Identity } from './programs.ts';
import type { RenderedEmail } from './providers/index.ts';
import { type Header, isAddress, type Tracking } from './schema.ts';
import { storable } from './storable.ts';
import type { DeliveryTables } from './tables.ts';
import { type CompiledTemplate, compileTemplate, type Variables } from './templates.ts';
import type { TrackedLinks } from './tracking_links.ts';

/** Compiled templates of late, by workspace, id and time zone. */
export function createTemplates(db: Kysely<DeliveryTables>) {
  const compiled = createLru<CompiledTemplate | Error>(500);

  /** Compiles once; a template that does not parse is an Error, which fails its emails and no others. */
  return async function load(
    workspace: string,
    ids: string[],
    timezone: string,
    /** Whether clicks are tracked: then they know where their links are. */
    links = false,
  ): Promise<Map<string, CompiledTemplate | Error>> {
    const found = new Map<string, CompiledTemplate | Error>();
    const key = (id: string) => `${workspace} ${id} ${timezone} ${links}`;
    for (const id of ids) {
      const known = compiled.get(key(id));
      if (known) found.set(id, known);
    }
    const missing = ids.filter((id) => !found.has(id));
    if (missing.length === 0) return found;
    const rows = await db
      .selectFrom('templates')
      .selectAll()
      .where('workspace', '=', workspace)
      .where('id', 'in', missing)
      .execute();
    for (const { id, subject, html, text, parts, stored } of rows) {
      const value = attempt(() =>
        compileTemplate(
          { subject, html, text: text ?? undefined, parts, stored: stored ?? undefined },
          timezone,
          links,
        ),
      );
      compiled.set(key(id), value);
      found.set(id, value);
    }
    return found;
  };
}

/** What a batch has in common. */
export interface Composing {
  workspace: { id: string; name: string };
  identityOf: (program: string | null) => Identity;
  templates: ReadonlyMap<string, CompiledTemplate | Error>;
  unsubscribeUrl: (email: string) => string;
  tracking: Tracking;
  links: TrackedLinks;
  now: Date;
}

/** The address an email goes to: where an attempt before went, else the person's of now. */
export const addressOf = (
  row: Claimed,
  attributes: Record<string, unknown> | undefined,
): string | undefined => {
  const address = row.address || (typeof attributes?.email === 'string' ? attributes.email.trim() : '');
  return isAddress(address) ? address : undefined;
};

/** Renders one row for one person. Throws with a reason a person can read. */
export function compose(
  row: Claimed,
  address: string,
  attributes: Record<string, unknown>,
  { workspace, identityOf, templates, unsubscribeUrl, tracking, links, now }: Composing,
): RenderedEmail {
  const template = templates.get(row.template);
  if (!template) throw new Error('The template is gone.');
  if (template instanceof Error) throw template;
  const url = unsubscribeUrl(row.id);
  const variables: Variables = {
    person: { ...attributes, id: row.profile, email: address },
    workspace: { name: workspace.name },
    campaign: { name: row.campaign_name },
    entry: row.parameters ?? {},
    unsubscribe_url: url,
  };
  const { subject, html, text, stored } = template.render(
    variables,
    tracking.clicks ? (link) => links.click(row.id, link) : undefined,
  );
  const { from, replyTo } = identityOf(row.program);
  return {
    workspace: workspace.id,
    id: row.id,
    profile: row.profile,
    messageId: row.message_id,
    from,
    to: address,
    subject: storable(subject),
    html: storable(tracking.opens ? links.withPixel(html, row.id) : html),
    text: storable(text),
    ...(stored && { stored }),
    headers: [...unsubscribeHeaders(url), ...(replyTo ? [{ name: 'Reply-To', value: replyTo }] : [])],
    date: now,
  };
}

/** RFC 2369 and RFC 8058: the mail program's own unsubscribe button, without a page in between. */
export const unsubscribeHeaders = (url: string): Header[] => [
  { name: 'List-Unsubscribe', value: `<${url}>` },
  { name: 'List-Unsubscribe-Post', value: 'List-Unsubscribe=One-Click' },
];

function attempt<T>(make: () => T): T | Error {
  try {
    return make();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
