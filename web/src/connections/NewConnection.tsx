import { Button, Group, Stack, TextInput } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { ApiError } from '../api/client.ts';
import { useSegments } from '../segments/queries.ts';
import { Failure } from '../shared/Failure.tsx';
import { fieldError, otherError } from '../shared/fieldError.ts';
import { Loaded } from '../shared/Loaded.tsx';
import { TextLink } from '../shared/links.tsx';
import { done } from '../shared/notify.ts';
import { Page } from '../shared/Page.tsx';
import { Panel } from '../shared/Panel.tsx';
import { useUnsaved } from '../shared/useUnsaved.ts';
import type { Access } from './AccessFields.tsx';
import { AccessStep } from './AccessStep.tsx';
import { FlowSteps } from './FlowSteps.tsx';
import { initialValues, sent } from './jsonForm.ts';
import { KindChoice } from './KindChoice.tsx';
import { MappingFields } from './MappingFields.tsx';
import {
  type MappingDraft,
  mappingOf,
  newDraft,
  rowsOf,
  secretOf,
  sinksOf,
  unshown,
} from './mappingDraft.ts';
import { PushMapping } from './PushMapping.tsx';
import { PushStep } from './PushStep.tsx';
import { type Audience, pushKind } from './pushing.ts';
import { type Kind, type Tested, useCreateConnection, useKinds } from './queries.ts';
import { ScheduleFields, scheduleErrors } from './ScheduleFields.tsx';
import { SinkFields } from './SinkFields.tsx';
import { draftOfSchedule, limitOf, scheduleOf } from './scheduleDraft.ts';

const steps = ['Choose', 'Test', 'Map', 'Schedule'] as const;
const [choose, test, map, schedule] = [0, 1, 2, 3];

/** Where a refusal of the whole is mended. */
function stepOf(error: unknown): number {
  const field = error instanceof ApiError ? (error.field ?? '') : '';
  if (/^(settings|credentials|sinks\.0\.(list|tag)$)/.test(field)) return test as number;
  return /^(name|mapping|sink)/.test(field) ? (map as number) : (schedule as number);
}

const noAudience: Audience = { kind: 'mailchimp_audience', list: '', tag: '', leaving: 'archive' };

/** A list to be kept in sync, or a segment to be pushed to one: which, what of it, where to, how often. */
export function NewConnection() {
  const kinds = useKinds();
  const create = useCreateConnection();
  const navigate = useNavigate();
  const [step, setStep] = useState(choose as number);
  const [kind, setKind] = useState<Kind>();
  const [access, setAccess] = useState<Access>({ settings: {}, credentials: {} });
  const [tested, setTested] = useState<Tested>();
  const [name, setName] = useState('');
  const [mapping, setMapping] = useState<MappingDraft>();
  const [audience, setAudience] = useState(noAudience);
  const { push } = useSearch({ from: '/shell/connections/new' });
  const pushes = kind?.kind === pushKind;
  const [times, setTimes] = useState(() => draftOfSchedule({ every_seconds: 3_600 }, 0.2));
  const made = create.data?.id;
  useUnsaved(kind !== undefined && made === undefined);
  useEffect(() => {
    // Only once it counts as saved, or leaving would ask whether to.
    if (made) void navigate({ to: '/connections/$id', params: { id: made } });
  }, [made, navigate]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each step begins at its top
  useEffect(() => {
    window.scrollTo(0, 0);
  }, [step]);
  const segment = useSegments().data?.items.find(({ id }) => id === push);
  const pushing = kinds.data?.items.find((one) => one.kind === pushKind);
  useEffect(() => {
    // Asked for from a segment's page: that one, and nothing to choose.
    if (!segment || !pushing || kind) return;
    setAccess({ settings: { ...initialValues(pushing.settings), segment: segment.id }, credentials: {} });
    setAudience({ ...noAudience, tag: segment.name.slice(0, 100) });
    setKind(pushing);
    setStep(test as number);
  }, [segment, pushing, kind]);
  const begin = (chosen: Kind) => {
    if (chosen.kind !== kind?.kind) {
      setAccess({
        settings: initialValues(chosen.settings),
        credentials: initialValues(chosen.credentials),
      });
      setTested(undefined);
      setMapping(undefined);
      setAudience(noAudience);
    }
    setKind(chosen);
    setStep(test as number);
  };
  const known = (answer: Tested) => {
    setTested(answer);
    const { audience: to } = answer;
    setName((old) => old || (to ? `${answer.name} to ${to.name}` : answer.name));
    setMapping((old) => (pushes ? { ...newDraft(answer), ...old, audience } : (old ?? newDraft(answer))));
  };
  const all = tested && mapping ? rowsOf(tested.fields, mapping) : [];
  const rows = pushes ? all.filter(({ field }) => field !== mapping?.identity) : all;
  const save = (draft: MappingDraft) =>
    create.mutate(
      {
        ...{ name, kind: kind?.kind ?? '' },
        ...{ settings: sent(access.settings), credentials: sent(access.credentials) },
        mapping: mappingOf(
          draft,
          rows.map(({ field }) => field),
        ),
        ...{ sinks: sinksOf(draft), ...secretOf(draft) },
        ...{ schedule: scheduleOf(times), removal_limit: limitOf(times) },
      },
      {
        onSuccess: (one) =>
          done(
            pushes
              ? `${one.name} is connected; everybody is pushed now.`
              : `${one.name} is connected; its first sync begins.`,
          ),
        onError: (error) => setStep(stepOf(error)),
      },
    );
  const elsewhere = create.error && stepOf(create.error) !== step ? undefined : create.error;
  return (
    <Page title="New connection" back={<TextLink to="/connections">Connections</TextLink>}>
      <FlowSteps steps={steps} at={step} />
      {step === choose && (
        <Loaded query={kinds}>{({ items }) => <KindChoice kinds={items} choose={begin} />}</Loaded>
      )}
      {step === test && pushes && (
        <PushStep
          {...{ access, audience, tested, error: elsewhere }}
          onChange={(changed, to) => {
            setAccess(changed);
            setAudience(to);
            setTested(undefined);
          }}
          onTested={known}
          back={() => setStep(choose as number)}
          next={() => setStep(map as number)}
        />
      )}
      {step === test && kind && !pushes && (
        <AccessStep
          {...{ kind, access, tested, error: elsewhere }}
          onChange={(changed) => {
            // Another list has other fields; another key for the same one does not.
            if (changed.settings !== access.settings) setMapping(undefined);
            setAccess(changed);
            setTested(undefined);
          }}
          onTested={known}
          back={() => setStep(choose as number)}
          next={() => setStep(map as number)}
        />
      )}
      {step === map && mapping && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            setStep(schedule as number);
          }}
        >
          <Stack gap="md">
            <Panel title={pushes ? 'What is pushed' : 'What is taken'}>
              <Stack gap="md">
                <TextInput
                  label="Name"
                  description="What the connection is called here."
                  required
                  maw={440}
                  value={name}
                  onChange={(event) => setName(event.currentTarget.value)}
                  error={fieldError(elsewhere, 'name')}
                />
                {pushes ? (
                  <PushMapping
                    fields={rows}
                    audience={tested?.audience ?? null}
                    {...{ draft: mapping, error: elsewhere }}
                    onChange={setMapping}
                  />
                ) : (
                  <MappingFields fields={rows} draft={mapping} onChange={setMapping} error={elsewhere} />
                )}
              </Stack>
            </Panel>
            {!pushes && (
              <Panel title="Where it goes">
                <SinkFields draft={mapping} onChange={setMapping} error={elsewhere} hasSecret={false} />
              </Panel>
            )}
            <Failure error={unshown(elsewhere)} />
            <Buttons
              back={() => setStep(test as number)}
              verb="Set its schedule"
              disabled={sinksOf(mapping).length === 0}
            />
          </Stack>
        </form>
      )}
      {step === schedule && mapping && (
        <Panel title="When it syncs">
          <form
            onSubmit={(event) => {
              event.preventDefault();
              save(mapping);
            }}
          >
            <Stack gap="md" maw={560}>
              <ScheduleFields draft={times} onChange={setTimes} error={elsewhere} />
              <Failure error={otherError(elsewhere, ...scheduleErrors)} />
              <Buttons
                back={() => setStep(map as number)}
                verb={pushes ? 'Connect and push' : 'Connect and sync'}
                busy={create.isPending}
              />
            </Stack>
          </form>
        </Panel>
      )}
    </Page>
  );
}

interface ButtonsProps {
  back: () => void;
  verb: string;
  busy?: boolean;
  disabled?: boolean;
}

function Buttons({ back, verb, busy, disabled }: ButtonsProps) {
  return (
    <Group justify="space-between" gap="xs">
      <Button variant="default" onClick={back} disabled={busy ?? false}>
        Back
      </Button>
      <Button type="submit" loading={busy ?? false} disabled={disabled ?? false}>
        {verb}
      </Button>
    </Group>
  );
}
