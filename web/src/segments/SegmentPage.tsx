import { ActionIcon, Badge, Skeleton, Stack, Tabs, Tooltip } from '@mantine/core';
import { IconMailShare, IconTrash } from '@tabler/icons-react';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useMayEdit } from '../connections/useMayEdit.ts';
import { Confirm } from '../shared/Confirm.tsx';
import { count, useTimes } from '../shared/format.ts';
import { Loaded } from '../shared/Loaded.tsx';
import { ButtonLink, TextLink } from '../shared/links.tsx';
import { done } from '../shared/notify.ts';
import { Page } from '../shared/Page.tsx';
import { Explain } from './Explain.tsx';
import { Members } from './Members.tsx';
import { PickPeople } from './PickPeople.tsx';
import { type Segment, useDeleteSegment, useSaveSegment, useSegment } from './queries.ts';
import { RenameSegment } from './RenameSegment.tsx';
import { SegmentEditor } from './SegmentEditor.tsx';

/** One segment: its rule, who is in it, and why. */
export function SegmentPage() {
  const { id } = useParams({ from: '/shell/segments/$id' });
  const { tab, person } = useSearch({ from: '/shell/segments/$id' });
  const navigate = useNavigate({ from: '/segments/$id' });
  const segment = useSegment(id);
  const remove = useDeleteSegment(id);
  const times = useTimes();
  const may = useMayEdit();
  const one = segment.data;
  const byHand = one?.kind === 'static';
  return (
    <Page
      title={one?.name ?? 'Segment'}
      mark={byHand && <Badge>picked by hand</Badge>}
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
          <>
            {may && (
              <ButtonLink
                variant="default"
                leftSection={<IconMailShare size={16} />}
                to="/connections/new"
                search={{ push: id }}
              >
                Push to Mailchimp
              </ButtonLink>
            )}
            {byHand && <RenameSegment id={id} name={one.name} />}
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
              {byHand ? 'The list of who was picked is lost.' : 'Its rule and its membership are lost.'} The
              people in it stay.
            </Confirm>
          </>
        )
      }
    >
      <Loaded query={segment} skeleton={<Skeleton h={300} />}>
        {(known) => (
          <Tabs
            value={known.kind === 'static' && tab !== 'explain' ? 'members' : (tab ?? 'rule')}
            onChange={(next) => navigate({ search: { tab: next as typeof tab, person }, replace: true })}
          >
            <Tabs.List mb="md">
              {known.kind === 'rule' && <Tabs.Tab value="rule">Rule</Tabs.Tab>}
              <Tabs.Tab value="members">{known.kind === 'rule' ? 'Members' : 'People'}</Tabs.Tab>
              <Tabs.Tab value="explain">Why?</Tabs.Tab>
            </Tabs.List>
            <Tabs.Panel value="rule">
              <Rule segment={known} />
            </Tabs.Panel>
            <Tabs.Panel value="members">
              <Stack gap="md">
                {known.kind === 'static' && <PickPeople id={id} />}
                <Members segment={known} />
              </Stack>
            </Tabs.Panel>
            <Tabs.Panel value="explain">
              <Explain
                asked={{ segment: id }}
                rule={known.rule}
                person={person}
                choose={(next) => navigate({ search: { tab: 'explain', person: next }, replace: true })}
              />
            </Tabs.Panel>
          </Tabs>
        )}
      </Loaded>
    </Page>
  );
}

function Rule({ segment }: { segment: Segment }) {
  const save = useSaveSegment(segment.id);
  return (
    <SegmentEditor
      initial={() => ({ name: segment.name, rule: segment.rule })}
      verb="Save segment"
      error={save.error}
      busy={save.isPending}
      save={async (draft) => {
        await save.mutateAsync(draft);
        done('The segment is saved.');
        return undefined;
      }}
    />
  );
}
