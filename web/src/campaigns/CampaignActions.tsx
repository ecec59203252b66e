import { ActionIcon, Button, Text, Tooltip } from '@mantine/core';
import { IconPlayerPause, IconPlayerPlay, IconPlayerStop, IconTrash } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Confirm } from '../shared/Confirm.tsx';
import { done } from '../shared/notify.ts';
import { StartCheck } from './dryrun/StartCheck.tsx';
import { type Action, type Campaign, useCampaignAction, useDeleteCampaign } from './queries.ts';

interface Asked {
  label: string;
  icon: ReactNode;
  title: string;
  text: string;
  told: string;
  danger?: boolean;
}

const size = 16;
const asked: Record<Action, Asked> = {
  start: {
    label: 'Start',
    icon: <IconPlayerPlay size={size} />,
    title: 'Start this campaign?',
    text: 'From now on people enter, and emails go out. You can pause it at any time.',
    told: 'The campaign is running.',
  },
  pause: {
    label: 'Pause',
    icon: <IconPlayerPause size={size} />,
    title: 'Pause this campaign?',
    text: 'No more emails go out until you resume it. Nobody loses their place.',
    told: 'The campaign is paused.',
  },
  resume: {
    label: 'Resume',
    icon: <IconPlayerPlay size={size} />,
    title: 'Resume this campaign?',
    text: 'People go on where they were. Waits that ended meanwhile are over.',
    told: 'The campaign is running again.',
  },
  stop: {
    label: 'Stop',
    icon: <IconPlayerStop size={size} />,
    title: 'Stop this campaign for good?',
    text: 'Everybody still under way leaves it, and emails not sent yet are cancelled. A stopped campaign cannot be started again.',
    told: 'The campaign is stopped.',
    danger: true,
  },
};

const offered: Record<Campaign['status'], Action[]> = {
  draft: ['start'],
  running: ['pause', 'stop'],
  paused: ['resume', 'stop'],
  stopped: [],
};

/** What can be done with a campaign as it stands; each asks first. */
export function CampaignActions({ campaign, unsaved }: { campaign: Campaign; unsaved: boolean }) {
  const act = useCampaignAction(campaign.id);
  const remove = useDeleteCampaign(campaign.id);
  const navigate = useNavigate();
  return (
    <>
      {offered[campaign.status].map((action) => {
        const { label, icon, title, text, told, danger } = asked[action];
        return (
          <Confirm
            key={action}
            title={title}
            verb={`${label} campaign`}
            danger={danger ?? false}
            {...(action === 'start' && { size: 'lg' })}
            run={async () => {
              await act.mutateAsync(action);
              done(told);
            }}
            trigger={(open) => (
              <Tooltip label="Save your changes first" disabled={action !== 'start' || !unsaved}>
                <Button
                  onClick={open}
                  leftSection={icon}
                  variant={action === 'start' || action === 'resume' ? 'filled' : 'default'}
                  disabled={action === 'start' && unsaved}
                >
                  {label}
                </Button>
              </Tooltip>
            )}
          >
            {(close) => (
              <>
                <Text size="sm" mb={action === 'start' ? 'sm' : 0}>
                  {text}
                </Text>
                {action === 'start' && <StartCheck campaign={campaign} close={close} />}
              </>
            )}
          </Confirm>
        );
      })}
      {(campaign.status === 'draft' || campaign.status === 'stopped') && (
        <Confirm
          title={`Delete “${campaign.name}”?`}
          verb="Delete campaign"
          danger
          run={async () => {
            await remove.mutateAsync();
            done('The campaign is deleted.');
            await navigate({ to: '/campaigns' });
          }}
          trigger={(open) => (
            <Tooltip label="Delete">
              <ActionIcon variant="default" size={36} aria-label="Delete campaign" onClick={open}>
                <IconTrash size={16} />
              </ActionIcon>
            </Tooltip>
          )}
        >
          Its steps and its report are lost. Emails already sent stay in the ledger.
        </Confirm>
      )}
    </>
  );
}
