import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type Engine, Problem } from '../engine/index.ts';
import type { Mapping } from './map.ts';
import { nextRun } from './schedule.ts';
import type { ConnectionChange, NewConnection, SinkSettings } from './schema.ts';
import { checkMapped } from './sinks/data_api.ts';
import type { Source } from './source.ts';
import { sourceOf, sources } from './sources/index.ts';
import { segment } from './sources/segment.ts';

/** Settings and credentials as their kind wants them. @throws Problem 400 naming the field */
export function checked(kind: string, settings: unknown, credentials: unknown) {
  const source = sourceOf(kind);
  if (!source) {
    const known = sources.map((one) => one.kind).join(', ');
    throw new Problem(
      400,
      'unknown_kind',
      `There is no source ${JSON.stringify(kind)}; there are ${known}.`,
      { field: 'kind' },
    );
  }
  return {
    source,
    settings: parse(source.settings, settings, 'settings') as Record<string, unknown>,
    credentials: parse(source.credentials, credentials, 'credentials') as Record<string, unknown>,
  };
}

function parse(schema: z.ZodType, value: unknown, at: string): unknown {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const field = [at, ...(issue?.path ?? [])].join('.');
  throw new Problem(400, 'bad_connection', `${field}: ${issue?.message ?? 'is not right'}`, { field });
}

/** What names the account at the provider, without telling its key. */
export const accountHash = (source: Source, settings: unknown, credentials: unknown): string =>
  createHash('sha256')
    .update(`${source.accountKind ?? source.kind} ${source.accountOf(settings, credentials)}`)
    .digest('hex')
    .slice(0, 32);

/** snake_case of a name, for the attribute that says who is on the list. */
export const slug = (name: string): string =>
  `on_${
    name
      .normalize('NFKD')
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '_')
      .replace(/^_|_$/g, '')
      .slice(0, 50) || 'list'
  }`;

/** Whether what is mapped fits where it goes. @throws Problem 400 naming the field */
export function checkSinks(
  kind: string,
  mapping: Mapping,
  sinks: readonly SinkSettings[],
  secrets: NewConnection['sink_credentials'],
) {
  const pushed = kind === pushes;
  const at = sinks.findIndex((sink) => (sink.kind === 'mailchimp_audience') !== pushed);
  if (at !== -1) {
    const message = pushed
      ? 'A segment goes to a mailchimp_audience.'
      : 'Only a segment goes to a mailchimp_audience.';
    throw new Problem(400, 'bad_connection', message, { field: `sinks.${at}.kind` });
  }
  if (pushed && mapping.identity !== 'email') {
    throw new Problem(400, 'bad_mapping', 'Mailchimp knows people by their email alone.', {
      field: 'mapping.identity',
    });
  }
  for (const [n, { attribute }] of mapping.fields.entries()) {
    // Merge tags are written in capitals, attributes are not.
    if ((attribute === attribute.toUpperCase()) === pushed) continue;
    const message = pushed
      ? 'must be a merge tag of the audience, such as FNAME'
      : 'must be lower-case letters, digits and _, and begin with a letter';
    throw new Problem(400, 'bad_mapping', message, { field: `mapping.fields.${n}.attribute` });
  }
  if (!sinks.some(({ kind }) => kind === 'data_api')) return;
  try {
    checkMapped(new Set(mapping.fields.map(({ attribute }) => attribute)));
  } catch (error) {
    throw new Problem(400, 'bad_mapping', (error as Error).message, { field: 'mapping.fields' });
  }
  if (!secrets?.data_api) {
    throw new Problem(400, 'bad_connection', 'The data API needs a secret.', {
      field: 'sink_credentials.data_api.secret',
    });
  }
}

/** The kind whose records are people here. */
export const pushes = segment.kind;

/**
 * Another segment, audience or tag is another connection: who was pushed by this one would stay where they are.
 * @throws Problem 400 naming the field
 */
function checkSame(before: Before, settings: Record<string, unknown>, sinks: readonly SinkSettings[]) {
  const refuse = (field: string) => {
    throw new Problem(
      400,
      'not_changeable',
      'That cannot be changed: who was pushed would stay there for ever.',
      {
        field,
        hint: 'Make another connection, and remove this one.',
      },
    );
  };
  if (settings.segment !== before.settings.segment) refuse('settings.segment');
  const [was, is] = [audienceOf(before.sinks), audienceOf(sinks)];
  if (is?.list !== was?.list) refuse('sinks.0.list');
  if (is?.tag !== was?.tag) refuse('sinks.0.tag');
}

/** The audience a segment is pushed to. */
export const audienceOf = (sinks: readonly SinkSettings[]) =>
  sinks.find((sink) => sink.kind === 'mailchimp_audience');

interface Before {
  id: string;
  kind: string;
  settings: Record<string, unknown>;
  mapping: Mapping;
  sinks: SinkSettings[];
  cron: string | null;
  every_seconds: number | null;
}

export const scheduleColumns = (schedule: NewConnection['schedule']) =>
  schedule && 'cron' in schedule
    ? { cron: schedule.cron, every_seconds: null }
    : { cron: null, every_seconds: schedule?.every_seconds ?? 3_600 };

/** The columns a change touches. What is pulled, or how it is mapped, being different, everything is pulled again. */
export function changed(
  before: Before,
  change: ConnectionChange,
  opened: { credentials: unknown; sinkSecrets: NewConnection['sink_credentials'] },
  { secrets, timezone, now }: { secrets: Engine['secrets']; timezone: string; now: Date },
): Record<string, unknown> {
  const { settings, credentials, source } = checked(
    before.kind,
    change.settings ?? before.settings,
    change.credentials ?? opened.credentials,
  );
  const mapping = change.mapping ?? before.mapping;
  const sinks = change.sinks ?? before.sinks;
  const sinkSecrets = { ...opened.sinkSecrets, ...change.sink_credentials };
  checkSinks(before.kind, mapping, sinks, sinkSecrets);
  if (before.kind === pushes) checkSame(before, settings, sinks);
  const again = change.settings || change.mapping || change.sinks;
  const woken = again || change.credentials || change.sink_credentials;
  const times = change.schedule ? scheduleColumns(change.schedule) : before;
  const next = woken ? now : nextRun(before.id, times, timezone, now);
  return {
    ...(change.name ? { name: change.name } : {}),
    ...(change.removal_limit === undefined ? {} : { removal_limit: change.removal_limit }),
    ...(change.schedule ? scheduleColumns(change.schedule) : {}),
    ...(woken || change.schedule ? { next_run_at: next } : {}),
    ...(woken
      ? {
          settings: JSON.stringify(settings),
          credentials: secrets.seal(JSON.stringify(credentials)),
          account: accountHash(source, settings, credentials),
          mapping: JSON.stringify(mapping),
          sinks: JSON.stringify(sinks),
          sink_credentials: secrets.seal(JSON.stringify(sinkSecrets)),
          failures: 0,
          trouble: null,
        }
      : {}),
    ...(again ? { cursor: null, wanted: 'full' } : {}),
  };
}

/** Kinds of sources for a person who chooses, with the form of their settings as JSON Schema. */
export const kinds = () =>
  sources.map(({ kind, label, settings, credentials, identity }) => ({
    kind,
    label,
    identity,
    settings: z.toJSONSchema(settings, { io: 'input' }),
    credentials: z.toJSONSchema(credentials, { io: 'input' }),
  }));
