import { useQuery } from '@tanstack/react-query';
import { answer, api } from '../api/client.ts';

/** The workspace in a few numbers. */
export const useOverview = () =>
  useQuery({
    queryKey: ['overview'],
    queryFn: () => answer(api.GET('/api/overview')),
    refetchInterval: 10_000,
  });
