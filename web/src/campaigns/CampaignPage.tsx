import { Skeleton, Tabs } from '@mantine/core';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useTimes } from '../shared/format.ts';
import { Loaded } from '../shared/Loaded.tsx';
import { TextLink } from '../shared/links.tsx';
import { done } from '../shared/notify.ts';
import { Page } from '../shared/Page.tsx';
import { Panel } from '../shared/Panel.tsx';
import { Status } from '../shared/Status.tsx';
import { CampaignActions } from './CampaignActions.tsx';
import { CampaignEditor } from './CampaignEditor.tsx';
import { ReadFlow } from './flow/ReadFlow.tsx';
import { useCampaign, useSaveCampaign } from './queries.ts';
import { CampaignReport } from './report/CampaignReport.tsx';
import { Versions } from './versions/Versions.tsx';

/** One campaign: what came of it, and what it does. */
export function CampaignPage() {
  const { id } = useParams({ from: '/shell/campaigns/$id' });
  const search = useSearch({ from: '/shell/campaigns/$id' });
  const navigate = useNavigate({ from: '/campaigns/$id' });
  const campaign = useCampaign(id);
  const save = useSaveCampaign(id);
  const times = useTimes();
  const [unsaved, setUnsaved] = useState(false);
  const one = campaign.data;
  const tab = search.tab ?? (one?.status === 'draft' ? 'steps' : 'report');
  return (
    <Page
      title={one?.name ?? 'Campaign'}
      back={<TextLink to="/campaigns">Campaigns</TextLink>}
      mark={one && <Status value={one.status} />}
      description={
        one &&
        [
          one.started_at ? `Started ${times.time(one.started_at)}` : `Created ${times.time(one.created_at)}`,
          one.next_firing_at && `lets people in next at ${times.time(one.next_firing_at)}`,
        ]
          .filter(Boolean)
          .join(', ')
      }
      actions={one && <CampaignActions campaign={one} unsaved={unsaved} />}
    >
      <Loaded query={campaign} skeleton={<Skeleton h={300} />}>
        {(known) => (
          <Tabs
            id="campaign"
            value={tab}
            onChange={(next) => navigate({ search: { tab: next as typeof tab }, replace: true })}
            keepMounted={false}
          >
            <Tabs.List mb="md">
              <Tabs.Tab value="report">Report</Tabs.Tab>
              <Tabs.Tab value="steps">Steps</Tabs.Tab>
              <Tabs.Tab value="versions">Versions</Tabs.Tab>
            </Tabs.List>
            <Tabs.Panel value="report">
              <CampaignReport campaign={known} />
            </Tabs.Panel>
            {/* Not a panel of the tabs: what is not saved yet must not be lost by a look at the report. */}
            {(tab === 'steps' || unsaved) && (
              <div
                role="tabpanel"
                id="campaign-panel-steps"
                aria-labelledby="campaign-tab-steps"
                hidden={tab !== 'steps'}
              >
                {known.status === 'stopped' ? (
                  <Panel title="Steps">
                    <ReadFlow definition={known.definition} />
                  </Panel>
                ) : (
                  <CampaignEditor
                    initial={() => ({ name: known.name, definition: known.definition })}
                    verb="Save campaign"
                    error={save.error}
                    busy={save.isPending}
                    campaign={known.id}
                    draft={known.status === 'draft'}
                    step={search.step}
                    onDirty={setUnsaved}
                    save={async (draft) => {
                      await save.mutateAsync(draft);
                      done('The campaign is saved.');
                      return undefined;
                    }}
                  />
                )}
              </div>
            )}
            <Tabs.Panel value="versions">
              <Versions campaign={known} />
            </Tabs.Panel>
          </Tabs>
        )}
      </Loaded>
    </Page>
  );
}
