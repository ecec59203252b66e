import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type Answer, type ApiError, answer, api, type Body } from '../api/client.ts';

export type Program = Answer<'/api/programs/{id}', 'get'>;
export type Location = Program['locations'][number];
export type ProgramSummary = Answer<'/api/programs', 'get'>['items'][number];
export type Spelling = Answer<'/api/programs/spellings', 'get'>['items'][number];
export type LocationFigures = Answer<'/api/programs/{id}/report', 'get'>['items'][number];
export type NewProgram = Body<'/api/programs', 'post'>;
export type NewLocation = Body<'/api/programs/{id}/locations', 'post'>;
type ProgramChange = Body<'/api/programs/{id}', 'patch'>;
type LocationChange = Body<'/api/programs/{id}/locations/{location}', 'patch'>;

/** The loyalty programs of the workspace, by name. */
export const usePrograms = () =>
  useQuery({
    queryKey: ['programs'],
    queryFn: () => answer(api.GET('/api/programs')),
    // A document may come at any time.
    refetchInterval: 10_000,
  });

/** A program with its locations. */
export const useProgram = (id: string) =>
  useQuery({
    queryKey: ['programs', id],
    queryFn: () => answer(api.GET('/api/programs/{id}', { params: { path: { id } } })),
    refetchInterval: ({ state }) => (state.data?.taking_people ? 1_000 : 10_000),
  });

/** The people of each of its locations, and what they are worth. */
export const useProgramReport = (id: string) =>
  useQuery({
    queryKey: ['programs', id, 'report'],
    queryFn: () => answer(api.GET('/api/programs/{id}/report', { params: { path: { id } } })),
    refetchInterval: 30_000,
  });

/** What its emails need. */
export const useProgramConsent = (id: string) =>
  useQuery({
    queryKey: ['programs', id, 'consent'],
    queryFn: () => answer(api.GET('/api/programs/{id}/consent', { params: { path: { id } } })),
  });

export const useSaveProgramConsent = (id: string) =>
  useChange((double_opt_in: boolean) =>
    answer(api.PUT('/api/programs/{id}/consent', { params: { path: { id } }, body: { double_opt_in } })),
  );

/** A mutation after which programs are asked for again, whatever came of it. */
function useChange<In, Out>(change: (given: In) => Promise<Out>) {
  const client = useQueryClient();
  return useMutation<Out, ApiError, In>({
    mutationFn: change,
    onSettled: () => client.invalidateQueries({ queryKey: ['programs'] }),
  });
}

export const useCreateProgram = () =>
  useChange((body: NewProgram) => answer(api.POST('/api/programs', { body })));

export const useSaveProgram = (id: string) =>
  useChange((body: ProgramChange) =>
    answer(api.PATCH('/api/programs/{id}', { params: { path: { id } }, body })),
  );

export function useRemoveProgram(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => answer(api.DELETE('/api/programs/{id}', { params: { path: { id } } })),
    onSuccess: () => {
      client.removeQueries({ queryKey: ['programs', id] });
      return client.invalidateQueries({ queryKey: ['programs'], exact: true });
    },
  });
}

export const useAddLocation = (program: string) =>
  useChange((body: NewLocation) =>
    answer(api.POST('/api/programs/{id}/locations', { params: { path: { id: program } }, body })),
  );

export const useSaveLocation = (program: string, location: string) =>
  useChange((body: LocationChange) =>
    answer(
      api.PATCH('/api/programs/{id}/locations/{location}', {
        params: { path: { id: program, location } },
        body,
      }),
    ),
  );

export const useRemoveLocation = (program: string, location: string) =>
  useChange(() =>
    answer(
      api.DELETE('/api/programs/{id}/locations/{location}', { params: { path: { id: program, location } } }),
    ),
  );

/** What people have for their store location that means no location of any program. */
export const useUnknownSpellings = () =>
  useQuery({
    queryKey: ['programs', 'spellings'],
    queryFn: () => answer(api.GET('/api/programs/spellings')),
  });

/** Has a spelling mean a location of a program: one there is, or a new one of this name. */
export const useSpellingMeans = (program: Program) =>
  useChange(({ spelling, location }: { spelling: string; location: Location | undefined }) => {
    const path = { id: program.id };
    if (!location) {
      return answer(api.POST('/api/programs/{id}/locations', { params: { path }, body: { name: spelling } }));
    }
    return answer(
      api.PATCH('/api/programs/{id}/locations/{location}', {
        params: { path: { ...path, location: location.id } },
        body: { aliases: [...location.aliases, spelling] },
      }),
    );
  });
