import type { Column, Mapping, Preview } from './queries.ts';

/** How a CSV file is to be read, as a person is setting it right. */
export interface Draft {
  columns: Column[];
  identity: string | null;
  country: string;
}

export const draftOf = (preview: Preview): Draft => ({
  columns: preview.columns.map(({ sample: _, ambiguous: __, ...column }) => column),
  identity: preview.identity,
  country: preview.country ?? '',
});

/** The attributes columns become: any of them may say who a row is about. */
export const attributesOf = ({ columns }: Draft): string[] => [
  ...new Set(columns.flatMap(({ attribute }) => (attribute === null ? [] : [attribute]))),
];

export const hasPhones = ({ columns }: Draft) =>
  columns.some(({ kind, attribute }) => kind === 'phone' && attribute !== null);

/** The mapping of a draft; undefined while nothing says who a row is about. */
export function mappingOf(draft: Draft): Mapping | undefined {
  const { columns, identity, country } = draft;
  if (identity === null || !attributesOf(draft).includes(identity)) return undefined;
  return { columns, identity, ...(/^[A-Z]{2}$/.test(country) && { country }) } as Mapping;
}
