import type { Location, Program } from './queries.ts';

/** Who changed it last, as a person would say it. */
export const changedBy = ({ updated_by: { kind, id, name } }: Pick<Program, 'updated_by'>): string =>
  kind === 'document' ? `the document ${id} of ${name}` : kind === 'api_key' ? `the API key ${name}` : name;

/** "Shop <shop@example.com>", or what there is of it. */
export function senderText({ name, address }: Program['sender']): string | undefined {
  if (!address) return name ?? undefined;
  return name ? `${name} <${address}>` : address;
}

/** An address on one line. */
export function addressText({ street, city, region, postal_code, country }: Location['address']): string {
  const town = [postal_code, city].filter(Boolean).join(' ');
  return [street, town, region, country].filter(Boolean).join(', ');
}
