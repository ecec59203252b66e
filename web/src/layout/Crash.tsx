import { Box } from '@mantine/core';
import type { ErrorComponentProps } from '@tanstack/react-router';
import { Failure } from '../shared/Failure.tsx';

/** A page that broke while it was drawn: says so, and can be tried again without leaving. */
export function Crash({ error, reset }: ErrorComponentProps) {
  return (
    <Box maw={720} mx="auto">
      <Failure error={error} retry={reset} />
    </Box>
  );
}
