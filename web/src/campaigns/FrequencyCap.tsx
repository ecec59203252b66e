import { Button, Group, Modal, NumberInput, Stack, Switch, Text } from '@mantine/core';
import { useState } from 'react';
import { Failure } from '../shared/Failure.tsx';
import { fieldError, otherError } from '../shared/fieldError.ts';
import { count } from '../shared/format.ts';
import { done } from '../shared/notify.ts';
import { type FrequencyCap as Cap, useFrequencyCap, useSetFrequencyCap } from './queries.ts';

const capText = ({ emails, hours }: Cap) => {
  const days = hours % 24 === 0;
  const time = days ? count(hours / 24, 'day', 'days') : count(hours, 'hour', 'hours');
  return `at most ${count(emails, 'email', 'emails')} in ${time}`;
};

/** How many emails a person may get of all campaigns together, and the way to change it. */
export function FrequencyCap() {
  const cap = useFrequencyCap().data?.cap;
  const [opened, setOpened] = useState(false);
  if (cap === undefined) return null;
  return (
    <Group gap="xs" data-testid="frequency-cap">
      <Text size="sm" c="dimmed">
        Frequency cap: {cap ? `each person gets ${capText(cap)}, of all campaigns together.` : 'none.'}
      </Text>
      <Button size="compact-sm" variant="default" onClick={() => setOpened(true)}>
        Change the cap
      </Button>
      {opened && <CapForm cap={cap} close={() => setOpened(false)} />}
    </Group>
  );
}

function CapForm({ cap, close }: { cap: Cap | null; close: () => void }) {
  const [on, setOn] = useState(cap !== null);
  const [value, setValue] = useState<Cap>(cap ?? { emails: 3, hours: 7 * 24 });
  const save = useSetFrequencyCap();
  return (
    <Modal opened onClose={close} title="Frequency cap" centered>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate(on ? value : null, {
            onSuccess: () => {
              done('The frequency cap is saved.');
              close();
            },
          });
        }}
      >
        <Stack>
          <Text size="sm">
            Somebody in several campaigns may get more emails than they like. An email beyond the cap is not
            skipped: it waits until there is room. A campaign can be told to ignore the cap.
          </Text>
          <Switch
            label="Cap the emails a person gets"
            checked={on}
            onChange={(event) => setOn(event.currentTarget.checked)}
          />
          {on && (
            <Group grow align="start">
              <NumberInput
                label="Emails"
                min={1}
                max={1_000}
                allowDecimal={false}
                required
                value={value.emails}
                error={fieldError(save.error, 'cap.emails')}
                onChange={(emails) => setValue({ ...value, emails: Number(emails) })}
              />
              <NumberInput
                label="Within hours"
                min={1}
                max={24 * 366}
                allowDecimal={false}
                required
                value={value.hours}
                error={fieldError(save.error, 'cap.hours')}
                onChange={(hours) => setValue({ ...value, hours: Number(hours) })}
              />
            </Group>
          )}
          <Failure error={otherError(save.error, 'cap.emails', 'cap.hours')} />
          <Group justify="flex-end">
            <Button type="submit" loading={save.isPending}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
