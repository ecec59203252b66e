import { Button, Center } from '@mantine/core';

interface Props {
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  fetchNextPage: () => unknown;
  /** What comes next, where it is not simply more. */
  label?: string | undefined;
}

/** The next page of a list, when there is one. */
export function LoadMore({ hasNextPage, isFetchingNextPage, fetchNextPage, label }: Props) {
  if (!hasNextPage) return null;
  return (
    <Center p="sm">
      <Button variant="default" size="xs" loading={isFetchingNextPage} onClick={() => fetchNextPage()}>
        {label ?? 'Load more'}
      </Button>
    </Center>
  );
}
