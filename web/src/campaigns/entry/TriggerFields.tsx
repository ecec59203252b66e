import { Button, Code, CopyButton, MultiSelect, Stack, Text } from '@mantine/core';
import { useConnections } from '../../connections/queries.ts';
import { useSources } from '../../imports/sourceQueries.ts';
import { insideError } from '../../shared/fieldError.ts';
import type { Trigger } from '../queries.ts';
import { EventFields } from '../steps/EventFields.tsx';
import { ScheduleFields } from './ScheduleFields.tsx';

interface Props {
  trigger: Trigger;
  zone: string | undefined;
  /** Undefined before the campaign is saved for the first time. */
  campaign: string | undefined;
  error: unknown;
  onChange: (trigger: Trigger) => void;
}

/** What more there is to say of what lets people in. */
export function TriggerFields({ trigger, zone, campaign, error, onChange }: Props) {
  switch (trigger.type) {
    case 'segments':
      return null;
    case 'event':
      return (
        <EventFields
          label="Who does this enters"
          value={trigger}
          error={insideError(error, 'definition.entry.trigger')}
          onChange={(event) => onChange({ ...trigger, ...event })}
        />
      );
    case 'schedule':
      return <ScheduleFields trigger={trigger} zone={zone} error={error} onChange={onChange} />;
    case 'import':
      return (
        <SourceChoice value={trigger.sources} onChange={(sources) => onChange({ ...trigger, sources })} />
      );
    case 'sync':
      return (
        <ConnectionChoice
          value={trigger.connections}
          onChange={(connections) => onChange({ ...trigger, connections })}
        />
      );
    case 'call':
      return <CallExample campaign={campaign} />;
    case 'document':
      return (
        <Text size="sm" c="dimmed">
          A CloudEvent whose type ends in <Code>.loyalty.campaign</Code>, sent to{' '}
          <Code>POST /v1/cloudevents</Code>, that names this campaign lets those in whom its target means.
        </Text>
      );
  }
}

interface ChoiceProps {
  value: string[] | undefined;
  onChange: (ids: string[] | undefined) => void;
}

const some = (ids: string[]) => (ids.length === 0 ? undefined : ids);

function SourceChoice({ value = [], onChange }: ChoiceProps) {
  const sources = useSources().data?.items ?? [];
  return (
    <MultiSelect
      label="Imports from"
      placeholder={value.length === 0 ? 'Anywhere, uploads too' : undefined}
      description="Folders and buckets; all imports when none is chosen."
      maw={480}
      value={value}
      data={sources.map(({ id, name }) => ({ value: id, label: name }))}
      onChange={(ids) => onChange(some(ids))}
    />
  );
}

function ConnectionChoice({ value = [], onChange }: ChoiceProps) {
  const connections = useConnections().data?.items ?? [];
  return (
    <MultiSelect
      label="Connections"
      placeholder={value.length === 0 ? 'Any' : undefined}
      description="All of them when none is chosen."
      maw={480}
      value={value}
      data={connections.map(({ id, name }) => ({ value: id, label: name }))}
      onChange={(ids) => onChange(some(ids))}
    />
  );
}

/** How another program lets somebody in. */
function CallExample({ campaign }: { campaign: string | undefined }) {
  const example = `curl -X POST ${window.location.origin}/api/campaigns/${campaign ?? '<id, once it is saved>'}/enter \\
  -H 'Authorization: Bearer <an API key of the settings>' \\
  -H 'Content-Type: application/json' \\
  -d '{"people": [{"id": "ann@shop.example", "parameters": {"voucher": "A-17"}}]}'`;
  return (
    <Stack gap="xs">
      <Text size="sm" c="dimmed">
        Emails can use the parameters: <Code>{'{{ entry.voucher }}'}</Code>
      </Text>
      <Code block aria-label="Example of the call">
        {example}
      </Code>
      <div>
        <CopyButton value={example}>
          {({ copied, copy }) => (
            <Button size="compact-sm" variant="default" onClick={copy}>
              {copied ? 'Copied' : 'Copy example'}
            </Button>
          )}
        </CopyButton>
      </div>
    </Stack>
  );
}
