import { Button } from '@mantine/core';
import { Confirm } from '../shared/Confirm.tsx';
import { count } from '../shared/format.ts';
import { done } from '../shared/notify.ts';
import { useResendAll } from './queries.ts';

interface Props {
  status: 'failed' | 'held';
  campaign: string | undefined;
}

/** Queues everything again that failed, or is held, and nothing else. */
export function ResendAll({ status, campaign }: Props) {
  const resend = useResendAll();
  const what = status === 'failed' ? 'that failed' : 'that are held';
  return (
    <Confirm
      title={`Send all emails ${what} again?`}
      verb="Resend all"
      run={async () => {
        const { resent } = await resend.mutateAsync({ status, ...(campaign ? { campaign } : {}) });
        done(`${count(resent, 'email is', 'emails are')} queued again.`);
      }}
      trigger={(open) => (
        <Button variant="default" onClick={open}>
          Resend all {status}
        </Button>
      )}
    >
      {status === 'failed'
        ? 'Each is rendered anew and goes to the address the person has now. Nobody is written to who got it already.'
        : 'Nobody knows whether these were sent before. Each goes out under the same Message-ID, by which most mail programs tell a repeat.'}
      {campaign ? ' Only those of the chosen campaign.' : ' Those of all campaigns.'}
    </Confirm>
  );
}
