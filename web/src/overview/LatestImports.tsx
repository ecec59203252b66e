import { Group, Stack, Text } from '@mantine/core';
import { useImports } from '../imports/queries.ts';
import { count, number } from '../shared/format.ts';
import { Loaded, RowsSkeleton } from '../shared/Loaded.tsx';
import { ButtonLink, TextLink } from '../shared/links.tsx';
import { Panel } from '../shared/Panel.tsx';
import { Status } from '../shared/Status.tsx';
import { When } from '../shared/When.tsx';

/** The newest imports and what went in. */
export function LatestImports() {
  const imports = useImports();
  return (
    <Panel
      title="Imports"
      aside={
        <TextLink to="/imports" fz="sm">
          All imports
        </TextLink>
      }
    >
      <Loaded query={imports} skeleton={<RowsSkeleton rows={3} />}>
        {({ items }) =>
          items.length === 0 ? (
            <Stack align="flex-start" gap="sm">
              <Text size="sm" c="dimmed">
                Files of customers, taken in once.
              </Text>
              <ButtonLink to="/imports" size="xs" variant="default">
                Import customers
              </ButtonLink>
            </Stack>
          ) : (
            <Stack gap="sm">
              {items.slice(0, 4).map((one) => (
                <Group key={one.id} justify="space-between" wrap="nowrap">
                  <div style={{ minWidth: 0 }}>
                    <TextLink to="/imports/$id" params={{ id: one.id }} fz="sm" fw={550}>
                      {one.file_name}
                    </TextLink>
                    <Text size="xs" c="dimmed">
                      {count(one.rows_ok, 'row', 'rows')} in, {number(one.rows_bad)} bad,{' '}
                      <When time={one.created_at} />
                    </Text>
                  </div>
                  <Status value={one.status} />
                </Group>
              ))}
            </Stack>
          )
        }
      </Loaded>
    </Panel>
  );
}
