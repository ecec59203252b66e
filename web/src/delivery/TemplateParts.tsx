import { Button, Code, Group } from '@mantine/core';
import { IconTemplate } from '@tabler/icons-react';
import { useState } from 'react';
import { Confirm } from '../shared/Confirm.tsx';
import { type Column, DataTable } from '../shared/DataTable.tsx';
import { EmptyState } from '../shared/EmptyState.tsx';
import { Loaded } from '../shared/Loaded.tsx';
import { done } from '../shared/notify.ts';
import { Panel } from '../shared/Panel.tsx';
import { When } from '../shared/When.tsx';
import { EmailsPage } from './EmailsPage.tsx';
import { PartForm } from './PartForm.tsx';
import { type TemplatePart, useDeletePart, useTemplateParts } from './queries.ts';

/** Layouts, footers and other pieces of Liquid or MJML, by name. */
export function TemplateParts() {
  const parts = useTemplateParts();
  // A part to change, or a new one.
  const [opened, setOpened] = useState<TemplatePart | 'new'>();
  const button = (
    <Button size="xs" onClick={() => setOpened('new')}>
      New part
    </Button>
  );
  return (
    <EmailsPage tab="parts">
      <Panel title="Template parts" aside={parts.data?.items.length ? button : undefined} flush>
        <Loaded query={parts}>
          {({ items }) =>
            items.length === 0 ? (
              <EmptyState icon={IconTemplate} title="No parts yet" action={button}>
                Write a footer or a layout once, and take it into any email by its name.
              </EmptyState>
            ) : (
              <DataTable
                label="Template parts"
                columns={columns(setOpened)}
                rows={items}
                rowKey={(part) => part.name}
                testId="part-row"
              />
            )
          }
        </Loaded>
      </Panel>
      {opened && <PartForm part={opened === 'new' ? undefined : opened} close={() => setOpened(undefined)} />}
    </EmailsPage>
  );
}

const columns = (open: (part: TemplatePart) => void): Column<TemplatePart>[] => [
  { title: 'Name', render: (part) => part.name },
  {
    title: 'In an email',
    from: 'sm',
    render: ({ name, source }) => (
      <Code>{`{% ${/{%-?\s*block\b/.test(source) ? 'layout' : 'render'} "${name}" %}`}</Code>
    ),
  },
  { title: 'Changed', from: 'sm', right: true, render: (part) => <When time={part.updated_at} /> },
  {
    title: 'Actions',
    hideTitle: true,
    right: true,
    render: (part) => (
      <Group gap={6} wrap="nowrap" justify="flex-end">
        <Button
          size="compact-xs"
          variant="default"
          onClick={() => open(part)}
          aria-label={`Change ${part.name}`}
        >
          Change
        </Button>
        <Delete part={part} />
      </Group>
    ),
  },
];

function Delete({ part }: { part: TemplatePart }) {
  const remove = useDeletePart();
  return (
    <Confirm
      title={`Delete “${part.name}”?`}
      verb="Delete part"
      danger
      run={async () => {
        await remove.mutateAsync(part.name);
        done(`The part “${part.name}” is deleted.`);
      }}
      trigger={(open) => (
        <Button size="compact-xs" variant="default" onClick={open} aria-label={`Delete ${part.name}`}>
          Delete
        </Button>
      )}
    >
      Emails of running campaigns keep it; none can be written with it any more.
    </Confirm>
  );
}
