import { IconMapQuestion } from '@tabler/icons-react';
import { EmptyState } from '../shared/EmptyState.tsx';
import { ButtonLink } from '../shared/links.tsx';

export function NotFound() {
  return (
    <EmptyState
      icon={IconMapQuestion}
      title="There is no such page"
      action={<ButtonLink to="/">Overview</ButtonLink>}
    >
      The address may be mistyped, or what it showed was deleted.
    </EmptyState>
  );
}
