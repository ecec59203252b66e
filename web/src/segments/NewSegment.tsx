import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { TextLink } from '../shared/links.tsx';
import { done } from '../shared/notify.ts';
import { Page } from '../shared/Page.tsx';
import { NewStatic } from './NewStatic.tsx';
import { type SegmentDraft, useCreateSegment } from './queries.ts';
import { fresh } from './rule.ts';
import { SegmentEditor } from './SegmentEditor.tsx';
import { TemplateGallery } from './TemplateGallery.tsx';

type Begun = { rule: SegmentDraft } | 'by hand';

/** A segment that is not there yet. */
export function NewSegment() {
  const create = useCreateSegment();
  const navigate = useNavigate();
  const [begun, setBegun] = useState<Begun>();
  const title = begun === 'by hand' ? 'New static segment' : 'New segment';
  return (
    <Page
      title={title}
      description={begun === undefined ? 'How do you want to say who is in it?' : undefined}
      back={<TextLink to="/segments">Segments</TextLink>}
    >
      {begun === undefined && (
        <TemplateGallery
          choose={({ name, rule }) => setBegun({ rule: { name, rule } })}
          blank={() => setBegun({ rule: { name: '', rule: { all: [fresh.attribute()] } } })}
          byHand={() => setBegun('by hand')}
        />
      )}
      {begun === 'by hand' && <NewStatic />}
      {begun !== undefined && begun !== 'by hand' && (
        <SegmentEditor
          initial={() => begun.rule}
          verb="Create segment"
          error={create.error}
          busy={create.isPending}
          save={async (draft) => {
            const made = await create.mutateAsync(draft);
            done(`Segment “${made.name}” is created.`);
            return () =>
              navigate({ to: '/segments/$id', params: { id: made.id }, search: { tab: 'members' } });
          }}
        />
      )}
    </Page>
  );
}
