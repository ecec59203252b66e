import { useQuery } from '@tanstack/react-query';
import { answer, api } from '../api/client.ts';
import { useSegments } from './queries.ts';
import type { Belonging } from './rule.ts';

export interface Choice {
  value: string;
  label: string;
}

/** What there is to belong to, of one kind; locations under the program they are of. */
export type Choices = Choice[] | { group: string; items: Choice[] }[];

/** The name of a thing people belong to. */
export type NameOf = (kind: Belonging, id: string) => string;

const usePrograms = (enabled: boolean) =>
  useQuery({
    queryKey: ['programs', 'options'],
    queryFn: async () => (await answer(api.GET('/api/programs/options'))).items,
    enabled,
    staleTime: 60_000,
  });

const useLists = (enabled: boolean) =>
  useQuery({
    queryKey: ['connections', 'choice'],
    queryFn: async () => (await answer(api.GET('/api/connections'))).items,
    enabled,
    staleTime: 60_000,
  });

const choice = ({ id, name }: { id: string; name: string }): Choice => ({ value: id, label: name });

/** What a rule can say people belong to. Only what these kinds need is asked for. */
export function useBelongings(kinds: ReadonlySet<Belonging>) {
  const segments = useSegments();
  const programs = usePrograms(kinds.has('program') || kinds.has('location'));
  const lists = useLists(kinds.has('connection'));
  const choicesOf = (kind: Belonging): Choices => {
    if (kind === 'segment') return (segments.data?.items ?? []).map(choice);
    if (kind === 'connection') return (lists.data ?? []).map(choice);
    if (kind === 'program') return (programs.data ?? []).map(choice);
    return (programs.data ?? [])
      .filter(({ locations }) => locations.length > 0)
      .map(({ name, locations }) => ({ group: name, items: locations.map(choice) }));
  };
  const nameOf: NameOf = (kind, id) => {
    for (const one of choicesOf(kind)) {
      const found = 'items' in one ? one.items.find(({ value }) => value === id) : one.value === id && one;
      if (found) return found.label;
    }
    return '…';
  };
  const error = kinds.has('connection') && lists.error ? lists.error : programs.error;
  return { choicesOf, nameOf, error };
}
