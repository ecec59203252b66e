import { useQuery } from '@tanstack/react-query';
import { answer, api } from '../api/client.ts';

/** Who is signed in, and to which workspace. */
export const useMe = () =>
  useQuery({
    queryKey: ['me'],
    queryFn: () => answer(api.GET('/api/me')),
    staleTime: 60_000,
  });
