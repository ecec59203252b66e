import { Card, Switch } from '@mantine/core';
import { useMayEdit } from '../connections/useMayEdit.ts';
import { done, failed } from '../shared/notify.ts';
import { useProgramConsent, useSaveProgramConsent } from './queries.ts';

/** What the emails of a program need. */
export function ProgramConsent({ program }: { program: string }) {
  const consent = useProgramConsent(program);
  const save = useSaveProgramConsent(program);
  const may = useMayEdit();
  return (
    <Card bg="var(--surface)">
      <Switch
        label="Double opt-in"
        description="Emails of this program go only to people who confirmed by a link sent to them. Nobody else gets any: also those who are customers already, until they confirm, or the API says when they did."
        checked={consent.data?.double_opt_in ?? false}
        disabled={!may || !consent.data || save.isPending}
        onChange={({ currentTarget: { checked } }) =>
          save.mutate(checked, {
            onError: failed,
            onSuccess: ({ double_opt_in }) =>
              done(
                double_opt_in ? 'Emails need a confirmation from now on.' : 'Emails need no confirmation.',
              ),
          })
        }
      />
    </Card>
  );
}
