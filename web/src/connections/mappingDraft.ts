import { ApiError } from '../api/client.ts';
import { type Audience, audienceOf } from './pushing.ts';
import type { Connection, Mapping, NewConnection, Sink, Tested } from './queries.ts';

export type DataApi = Extract<Sink, { kind: 'data_api' }>;

/** What the form of mapping and sinks holds. */
export interface MappingDraft {
  identity: string;
  /** Field → attribute; '' is left out. */
  attributes: Record<string, string>;
  profiles: boolean;
  membership: string;
  dataApi: boolean;
  url: string;
  header: string;
  batchSize: number | string;
  removals: 'none' | 'delete' | 'field';
  removalsField: string;
  /** Where a segment is pushed to; then there are no other sinks. */
  audience: Audience | undefined;
  programTags: boolean;
  /** Never comes back from the server; empty leaves it as it is. */
  secret: string;
}

/** A first suggestion for the attribute that says who is on the list. */
const membershipOf = (name: string) => {
  const plain = name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '');
  return `on_${plain.slice(0, 50) || 'list'}`;
};

const attributesOf = (mapping: Mapping) =>
  Object.fromEntries(mapping.fields.map(({ field, attribute }) => [field, attribute]));

/** What a mapping begins with after a test: what the server suggests, into people. */
export const newDraft = ({ mapping, name }: Tested, audience?: Audience): MappingDraft => ({
  identity: mapping.identity,
  attributes: attributesOf(mapping),
  ...{ profiles: true, membership: membershipOf(name) },
  ...{ dataApi: false, url: '', header: 'Authorisation', batchSize: 500 },
  ...{ removals: 'delete', removalsField: '', secret: '' },
  ...{ audience, programTags: false },
});

/** The draft of what there is. */
export function draftOf({ name, mapping, settings, sinks }: Connection): MappingDraft {
  const profiles = sinks.find((sink) => sink.kind === 'profiles');
  const api = sinks.find((sink): sink is DataApi => sink.kind === 'data_api');
  const removals = api?.removals ?? { how: 'delete' as const };
  return {
    identity: mapping.identity,
    attributes: attributesOf(mapping),
    profiles: profiles !== undefined,
    membership: profiles?.membership ?? membershipOf(name),
    dataApi: api !== undefined,
    url: api?.url ?? '',
    header: api?.header ?? 'Authorisation',
    batchSize: api?.batch_size ?? 500,
    removals: removals.how,
    removalsField: removals.how === 'field' ? removals.field : '',
    secret: '',
    audience: audienceOf(sinks),
    programTags: settings.program_tags === true,
  };
}

/** The mapping as it is sent, fields in the order of the list. */
export const mappingOf = (draft: MappingDraft, order: readonly string[]): Mapping => ({
  identity: draft.identity,
  fields: order.flatMap((field) => {
    const attribute = draft.attributes[field]?.trim() ?? '';
    return attribute === '' ? [] : [{ field, attribute }];
  }),
});

export const sinksOf = (draft: MappingDraft): Sink[] => (draft.audience ? [draft.audience] : othersOf(draft));

const othersOf = (draft: MappingDraft): Sink[] => [
  ...(draft.profiles ? [{ kind: 'profiles' as const, membership: draft.membership }] : []),
  ...(draft.dataApi
    ? [
        {
          kind: 'data_api' as const,
          ...{ url: draft.url, header: draft.header, batch_size: Number(draft.batchSize) },
          removals:
            draft.removals === 'field'
              ? { how: 'field' as const, field: draft.removalsField }
              : { how: draft.removals },
        },
      ]
    : []),
];

export const secretOf = ({ dataApi, secret }: MappingDraft): Pick<NewConnection, 'sink_credentials'> =>
  dataApi && secret !== '' ? { sink_credentials: { data_api: { secret } } } : {};

type Field = Tested['fields'][number];
export interface FieldRow extends Omit<Field, 'samples'> {
  /** Undefined when the list does not say: it has the field no more, or cannot be read. */
  samples: Field['samples'] | undefined;
}

/** The fields of a list, and those that are mapped but were not found there. */
export function rowsOf(
  fields: readonly Field[],
  { attributes, identity }: Pick<MappingDraft, 'attributes' | 'identity'>,
): FieldRow[] {
  const there = new Set(fields.map(({ field }) => field));
  const others = new Set([identity, ...Object.keys(attributes)].filter((field) => !there.has(field)));
  return [
    ...fields,
    ...[...others].map((field) => ({ field, label: field, samples: undefined, suggestion: null })),
  ];
}

/** Where the form shows an error itself. */
const shownFields =
  /^(name|mapping\.(identity|fields(\.\d+\.attribute)?)|sinks(\.\d+\.(membership|url|header|batch_size|removals\.field))?|sink_credentials\.data_api\.secret)$/;

/** The error, unless it is shown at one of the form's fields already. */
export const unshown = (error: unknown): unknown =>
  error instanceof ApiError && shownFields.test(error.field ?? '') ? undefined : error;
