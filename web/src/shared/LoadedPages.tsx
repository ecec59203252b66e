import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Failure } from './Failure.tsx';
import { RowsSkeleton } from './Loaded.tsx';
import { LoadMore } from './LoadMore.tsx';

interface Props<T> {
  query: UseInfiniteQueryResult<InfiniteData<{ items: T[] }>>;
  /** Shown instead of the list when there is nothing in it. */
  empty: ReactNode;
  children: (rows: T[]) => ReactNode;
  /** On the button that fetches the next page. */
  more?: string;
}

/** A list that comes in pages: its skeleton, error, emptiness, rows, and the way to more. */
export function LoadedPages<T>({ query, empty, children, more }: Props<T>) {
  if (query.data === undefined) {
    if (query.isError) return <Failure error={query.error} retry={() => query.refetch()} />;
    return (
      <div aria-busy="true" role="status" aria-label="Loading">
        <RowsSkeleton />
      </div>
    );
  }
  const rows = query.data.pages.flatMap((page) => page.items);
  if (rows.length === 0) return empty;
  return (
    <>
      {children(rows)}
      <LoadMore {...query} label={more} />
    </>
  );
}
