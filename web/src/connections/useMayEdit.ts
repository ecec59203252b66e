import { useMe } from '../access/queries.ts';

/** Whether who looks may change things; the server refuses it otherwise. */
export function useMayEdit(): boolean {
  const role = useMe().data?.role;
  return role === 'editor' || role === 'admin';
}
