import { QueryCache, QueryClient } from '@tanstack/react-query';
import { ApiError } from './client.ts';

/** Called when the server says that nobody is signed in; set by the router. */
export const signedOut = { go: () => {} };

export const queryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: (error) => {
      if (error instanceof ApiError && error.status === 401) signedOut.go();
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      // A refusal will not change by asking again; a server that is restarting will be back.
      retry: (count, error) => {
        const status = error instanceof ApiError ? error.status : 0;
        return (status === 0 || status >= 500) && count < 3;
      },
      retryDelay: (count) => Math.min(500 * 2 ** count, 4_000),
    },
  },
});
