import { Button, Group, Modal, SegmentedControl, Select, Stack, Text, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { kindLabels, kindsFor } from '../../dashboards/chartKinds.ts';
import { type ChartKind, type Place, useDashboards, useSaveChart } from '../../dashboards/queries.ts';
import { Failure } from '../../shared/Failure.tsx';
import { fieldError, otherError } from '../../shared/fieldError.ts';
import { done } from '../../shared/notify.ts';
import type { Question } from '../queries.ts';

interface Props {
  opened: boolean;
  onClose: () => void;
  question: Question;
  name: string;
}

const none = 'none';
const another = 'new';

/** What a chart is called, how it is drawn, and on which dashboard it is. */
export function SaveChartForm({ opened, onClose, question, name }: Props) {
  return (
    <Modal opened={opened} onClose={onClose} title="Save as a chart" centered>
      {opened && <Form question={question} name={name} onClose={onClose} />}
    </Modal>
  );
}

function Form({ question, name: proposed, onClose }: Omit<Props, 'opened'>) {
  const dashboards = useDashboards();
  const save = useSaveChart();
  const navigate = useNavigate();
  const kinds = kindsFor(question);
  const [name, setName] = useState(proposed);
  const [kind, setKind] = useState<ChartKind>(kinds[0]);
  const [chosen, setChosen] = useState<string>();
  const [newName, setNewName] = useState('My dashboard');
  const items = dashboards.data?.items ?? [];
  const where = chosen ?? items[0]?.id ?? another;
  const submit = () => {
    const place: Place =
      where === none ? undefined : where === another ? { newDashboard: newName } : { dashboard: where };
    // Which days, and in whose time zone, is said where the chart is looked at.
    const { from: _from, to: _to, timezone: _timezone, ...query } = { from: '', to: '', ...question };
    save.mutate(
      { chart: { name, chart: kind, query }, place },
      {
        onSuccess: (dashboard) => {
          onClose();
          done(`The chart “${name}” is saved.`);
          if (dashboard) void navigate({ to: '/dashboards/$id', params: { id: dashboard } });
        },
      },
    );
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Stack>
        <TextInput
          label="Name"
          required
          data-autofocus
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={fieldError(save.error, 'name')}
        />
        <div>
          <Text size="sm" fw={500} mb={4}>
            Drawn as
          </Text>
          <SegmentedControl
            fullWidth
            size="xs"
            aria-label="Drawn as"
            value={kind}
            onChange={(value) => setKind(value as ChartKind)}
            data={kinds.map((value) => ({ value, label: kindLabels[value] }))}
          />
        </div>
        <Select
          label="Dashboard"
          allowDeselect={false}
          value={where}
          onChange={(value) => setChosen(value ?? undefined)}
          data={[
            ...items.map(({ id, name: label }) => ({ value: id, label })),
            { value: another, label: 'A new dashboard' },
            { value: none, label: 'None for now' },
          ]}
        />
        {where === another && (
          <TextInput
            label="Name of the dashboard"
            required
            value={newName}
            onChange={(event) => setNewName(event.currentTarget.value)}
            error={fieldError(save.error, 'dashboard')}
          />
        )}
        <Text size="xs" c="dimmed">
          The filters are kept with the chart. Which days it shows is chosen on the dashboard.
        </Text>
        <Failure error={otherError(save.error, 'name', 'dashboard')} />
        <Group justify="flex-end">
          <Button type="submit" loading={save.isPending} disabled={dashboards.isFetching}>
            Save chart
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
