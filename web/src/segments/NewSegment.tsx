import { useNavigate } from '@tanstack/react-router';
import { TextLink } from '../shared/links.tsx';
import { done } from '../shared/notify.ts';
import { Page } from '../shared/Page.tsx';
import { useCreateSegment } from './queries.ts';
import { fresh } from './rule.ts';
import { SegmentEditor } from './SegmentEditor.tsx';

/** A segment that is not there yet. */
export function NewSegment() {
  const create = useCreateSegment();
  const navigate = useNavigate();
  return (
    <Page title="New segment" back={<TextLink to="/segments">Segments</TextLink>}>
      <SegmentEditor
        initial={() => ({ name: '', rule: { all: [fresh.attribute()] } })}
        verb="Create segment"
        error={create.error}
        busy={create.isPending}
        save={async (draft) => {
          const made = await create.mutateAsync(draft);
          done(`Segment “${made.name}” is created.`);
          return () => navigate({ to: '/segments/$id', params: { id: made.id }, search: { tab: 'members' } });
        }}
      />
    </Page>
  );
}
