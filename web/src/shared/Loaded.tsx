import { Box, Skeleton, Stack } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Failure } from './Failure.tsx';

/** Grey lines where the rows will be. */
export function RowsSkeleton({ rows = 6 }: { rows?: number }) {
  return (
    <Stack gap="sm" p="md" aria-hidden>
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines have no identity
        <Skeleton key={row} h={20} w={`${92 - ((row * 17) % 30)}%`} />
      ))}
    </Stack>
  );
}

interface Props<T> {
  query: UseQueryResult<T>;
  skeleton?: ReactNode;
  children: (data: T) => ReactNode;
}

/** A question's answer, or its skeleton, or its error with a retry. Old data stays when a refresh fails. */
export function Loaded<T>({ query, skeleton, children }: Props<T>) {
  if (query.data !== undefined) return children(query.data);
  if (query.isError)
    return (
      <Box p="md">
        <Failure error={query.error} retry={() => query.refetch()} />
      </Box>
    );
  return (
    <div aria-busy="true" role="status" aria-label="Loading">
      {skeleton ?? <RowsSkeleton />}
    </div>
  );
}
