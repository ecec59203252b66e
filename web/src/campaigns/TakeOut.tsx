import { Button } from '@mantine/core';
import { Confirm } from '../shared/Confirm.tsx';
import { done } from '../shared/notify.ts';
import { useTakeOut } from './queries.ts';

interface Props {
  campaign: { id: string; name: string };
  person: string;
}

/** Takes one person out of a campaign they are in. */
export function TakeOut({ campaign, person }: Props) {
  const takeOut = useTakeOut(person);
  return (
    <Confirm
      title={`Take this person out of “${campaign.name}”?`}
      verb="Take out"
      danger
      run={async () => {
        await takeOut.mutateAsync(campaign.id);
        done(`They are out of “${campaign.name}”.`);
      }}
      trigger={(open) => (
        <Button size="compact-xs" variant="default" onClick={open}>
          Take out
        </Button>
      )}
    >
      They get no further step of it, and emails queued for them are cancelled. What was sent stays sent.
    </Confirm>
  );
}
