import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type Answer, type ApiError, answer, api } from '../api/client.ts';
import { upload } from '../api/upload.ts';

export type Import = Answer<'/api/imports/{id}', 'get'>;
export type Mapping = NonNullable<Import['mapping']>;
export type Column = Mapping['columns'][number];
export type Preview = Answer<'/api/imports/preview', 'post'>;

export const isGoing = (one: Pick<Import, 'status'>) => one.status === 'queued' || one.status === 'running';
const isChanging = (one: Pick<Import, 'status'>) => isGoing(one) || one.status === 'undoing';
/** Whether there is something of it to take back. */
export const canUndo = (one: Import) =>
  ['done', 'failed', 'cancelled'].includes(one.status) && one.rows_ok > 0 && one.duplicate_of === null;

/** Imports, newest first; asked again twice a second while one is going. */
export const useImports = () =>
  useQuery({
    queryKey: ['imports'],
    queryFn: () => answer(api.GET('/api/imports')),
    refetchInterval: ({ state }) => (state.data?.items.some(isChanging) ? 500 : 15_000),
  });

/** One import and how far it is. */
export const useImport = (id: string) =>
  useQuery({
    queryKey: ['imports', id],
    queryFn: () => answer(api.GET('/api/imports/{id}', { params: { path: { id } } })),
    refetchInterval: ({ state }) => (state.data && isChanging(state.data) ? 500 : false),
  });

/** The rows that could not be taken; `rowsBad` makes it ask again when there are more. */
export const useImportErrors = (id: string, rowsBad: number) =>
  useQuery({
    queryKey: ['imports', id, 'errors', rowsBad],
    queryFn: () =>
      answer(api.GET('/api/imports/{id}/errors', { params: { path: { id }, query: { limit: 200 } } })),
    enabled: rowsBad > 0,
    placeholderData: (old) => old,
  });

// The server looks at the first megabyte; a little more tells it that the file goes on.
const sampleBytes = 1.25 * 1024 * 1024;

/** What a file holds, judged by its beginning. */
export const usePreview = () =>
  useMutation<Preview, ApiError, File>({
    mutationFn: (file) =>
      upload<Preview>({
        path: '/api/imports/preview',
        file: file.slice(0, sampleBytes),
        fileName: file.name,
      }),
  });

/** The same looked at as a person has mapped it. */
export const useChecked = (file: File, mapping: Mapping | null | undefined) =>
  useQuery({
    queryKey: ['import-checked', file.name, file.lastModified, mapping],
    queryFn: () =>
      upload<Preview>({
        path: '/api/imports/preview',
        file: file.slice(0, sampleBytes),
        fileName: file.name,
        fields: { mapping: JSON.stringify(mapping) },
      }),
    enabled: Boolean(mapping),
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: (old) => old,
    retry: false,
  });

export function useCancelImport(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => answer(api.POST('/api/imports/{id}/cancel', { params: { path: { id } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ['imports'] }),
  });
}

/** Takes back what it brought. */
export function useUndoImport(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => answer(api.POST('/api/imports/{id}/undo', { params: { path: { id } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ['imports'] }),
  });
}

/** Goes on with one that stopped over too many bad rows. */
export function useContinueImport(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => answer(api.POST('/api/imports/{id}/continue', { params: { path: { id } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ['imports'] }),
  });
}
