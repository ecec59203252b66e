import { ActionIcon, Skeleton, Tabs, Tooltip } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { Confirm } from '../shared/Confirm.tsx';
import { count, useTimes } from '../shared/format.ts';
import { Loaded } from '../shared/Loaded.tsx';
import { TextLink } from '../shared/links.tsx';
import { done } from '../shared/notify.ts';
import { Page } from '../shared/Page.tsx';
import { Members } from './Members.tsx';
import { useDeleteSegment, useSaveSegment, useSegment } from './queries.ts';
import { SegmentEditor } from './SegmentEditor.tsx';

/** One segment: its rule, and who is in it. */
export function SegmentPage() {
  const { id } = useParams({ from: '/shell/segments/$id' });
  const { tab = 'rule' } = useSearch({ from: '/shell/segments/$id' });
  const navigate = useNavigate({ from: '/segments/$id' });
  const segment = useSegment(id);
  const save = useSaveSegment(id);
  const remove = useDeleteSegment(id);
  const times = useTimes();
  const one = segment.data;
  return (
    <Page
      title={one?.name ?? 'Segment'}
      back={<TextLink to="/segments">Segments</TextLink>}
      description={
        one && (
          <>
            <span data-testid="segment-members">{count(one.members, 'person', 'people')}</span>
            {one.computing ? ', being computed' : one.as_of && ` as of ${times.time(one.as_of)}`}
          </>
        )
      }
      actions={
        one && (
          <Confirm
            title={`Delete “${one.name}”?`}
            verb="Delete segment"
            danger
            run={async () => {
              await remove.mutateAsync();
              done('The segment is deleted.');
              await navigate({ to: '/segments' });
            }}
            trigger={(open) => (
              <Tooltip label="Delete">
                <ActionIcon variant="default" size={36} aria-label="Delete segment" onClick={open}>
                  <IconTrash size={16} />
                </ActionIcon>
              </Tooltip>
            )}
          >
            Its rule and its membership are lost. The people in it stay.
          </Confirm>
        )
      }
    >
      <Loaded query={segment} skeleton={<Skeleton h={300} />}>
        {(known) => (
          <Tabs
            value={tab}
            onChange={(next) => navigate({ search: { tab: next as typeof tab }, replace: true })}
          >
            <Tabs.List mb="md">
              <Tabs.Tab value="rule">Rule</Tabs.Tab>
              <Tabs.Tab value="members">Members</Tabs.Tab>
            </Tabs.List>
            <Tabs.Panel value="rule">
              <SegmentEditor
                initial={() => ({ name: known.name, rule: known.rule })}
                verb="Save segment"
                error={save.error}
                busy={save.isPending}
                save={async (draft) => {
                  await save.mutateAsync(draft);
                  done('The segment is saved.');
                  return undefined;
                }}
              />
            </Tabs.Panel>
            <Tabs.Panel value="members">
              <Members id={id} computing={known.computing} />
            </Tabs.Panel>
          </Tabs>
        )}
      </Loaded>
    </Page>
  );
}
