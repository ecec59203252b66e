import { Button, Card, Code, CopyButton, Group, Stack, Text } from '@mantine/core';
import { IconCode } from '@tabler/icons-react';
import { EmptyState } from '../shared/EmptyState.tsx';
import { ButtonLink } from '../shared/links.tsx';

const snippet = `<script async src="${window.location.origin}/rapport.js" data-write-key="YOUR_WRITE_KEY"></script>`;

/** Nothing has ever come in: how to make it. */
export function NothingYet() {
  return (
    <Card bg="var(--surface)">
      <EmptyState
        icon={IconCode}
        title="Nothing has come in yet"
        action={
          <Stack gap="sm" align="center" maw="100%">
            <Code
              block
              style={{
                maxWidth: '100%',
                whiteSpace: 'pre-wrap',
                overflowWrap: 'anywhere',
                textAlign: 'start',
              }}
            >
              {snippet}
            </Code>
            <Group gap="xs" justify="center">
              <CopyButton value={snippet}>
                {({ copied, copy }) => <Button onClick={copy}>{copied ? 'Copied' : 'Copy'}</Button>}
              </CopyButton>
              <ButtonLink to="/settings" search={{ tab: 'keys' }} variant="default">
                Make a write key
              </ButtonLink>
            </Group>
            <Text size="sm" c="dimmed">
              Numbers appear within seconds of the first visit.
            </Text>
          </Stack>
        }
      >
        Put this line into the head of every page of your site, with a write key in it. Page views, visits and
        where they came from are counted by themselves. Any Segment SDK pointed at this address does it too.
      </EmptyState>
    </Card>
  );
}
