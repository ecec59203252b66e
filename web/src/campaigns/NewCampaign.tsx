import { useNavigate } from '@tanstack/react-router';
import { TextLink } from '../shared/links.tsx';
import { done } from '../shared/notify.ts';
import { Page } from '../shared/Page.tsx';
import { CampaignEditor } from './CampaignEditor.tsx';
import { newDraft } from './draft.ts';
import { useCreateCampaign } from './queries.ts';

/** A campaign that is not there yet. */
export function NewCampaign() {
  const create = useCreateCampaign();
  const navigate = useNavigate();
  return (
    <Page
      title="New campaign"
      back={<TextLink to="/campaigns">Campaigns</TextLink>}
      description="Nobody is written to before you start it."
    >
      <CampaignEditor
        initial={newDraft}
        verb="Create campaign"
        error={create.error}
        busy={create.isPending}
        draft
        save={async (draft) => {
          const made = await create.mutateAsync(draft);
          done(`Campaign “${made.name}” is created. Start it when it is ready.`);
          return () => navigate({ to: '/campaigns/$id', params: { id: made.id }, search: {} });
        }}
      />
    </Page>
  );
}
