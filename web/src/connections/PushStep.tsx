import { Alert, Button, Group, PasswordInput, Select, Stack, Switch, Text, TextInput } from '@mantine/core';
import { IconCircleCheck } from '@tabler/icons-react';
import { useSegments } from '../segments/queries.ts';
import { Failure } from '../shared/Failure.tsx';
import { fieldError, otherError } from '../shared/fieldError.ts';
import { count } from '../shared/format.ts';
import { Panel } from '../shared/Panel.tsx';
import type { Access } from './AccessFields.tsx';
import { kindWords } from './kindWords.tsx';
import { LeavingField } from './LeavingField.tsx';
import { type Audience, pushKind } from './pushing.ts';
import { type Tested, useAudiences, useTest } from './queries.ts';

interface Props {
  access: Access;
  audience: Audience;
  /** What the last test said, if nothing was changed since. */
  tested: Tested | undefined;
  /** What the server said of it afterwards. */
  error: unknown;
  onChange: (access: Access, audience: Audience) => void;
  onTested: (tested: Tested) => void;
  back: () => void;
  next: () => void;
}

const shown = ['settings.segment', 'credentials.key', 'key', 'sinks.0.list', 'sinks.0.tag'];

/** Which segment goes to which audience, and how it is marked there. */
export function PushStep({ access, audience, tested, error, onChange, onTested, back, next }: Props) {
  const segments = useSegments();
  const audiences = useAudiences();
  const test = useTest();
  const said = audiences.error ?? test.error ?? error;
  const key = String(access.credentials.key ?? '');
  const segment = String(access.settings.segment ?? '');
  const words = kindWords(pushKind).fields.key;
  const set = (settings: Partial<Access['settings']>, sink: Partial<Audience> = {}) => {
    test.reset();
    const chosen = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
    onChange(
      { ...access, settings: { ...access.settings, ...chosen } as Access['settings'] },
      { ...audience, ...sink },
    );
  };
  const items = segments.data?.items ?? [];
  const submit = () => {
    if (!audiences.data) return audiences.mutate(key);
    if (tested) return next();
    test.mutate(
      {
        kind: pushKind,
        ...{ settings: access.settings, credentials: access.credentials, sinks: [audience] },
      },
      { onSuccess: onTested },
    );
  };
  return (
    <Panel title="From a segment here, to an audience of Mailchimp">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <Stack maw={560}>
          <Select
            label="Segment"
            description="Its people are pushed; who leaves it is taken off there."
            required
            searchable
            data={items.map(({ id, name, members }) => ({
              value: id,
              label: `${name} (${count(members, 'person', 'people')})`,
            }))}
            value={segment || null}
            onChange={(id) => {
              const named = items.find((one) => one.id === id)?.name ?? '';
              const before = items.find((one) => one.id === segment)?.name ?? '';
              // The tag is called as the segment, until somebody calls it otherwise.
              set({ segment: id ?? '' }, audience.tag === before ? { tag: named.slice(0, 100) } : {});
            }}
            error={fieldError(said, 'settings.segment')}
          />
          <PasswordInput
            label={words?.label}
            description={words?.help}
            placeholder={words?.placeholder ?? ''}
            required
            autoComplete="new-password"
            value={key}
            onChange={(event) => {
              audiences.reset();
              test.reset();
              onChange(
                { ...access, credentials: { key: event.currentTarget.value } },
                { ...audience, list: '' },
              );
            }}
            error={fieldError(said, 'credentials.key') ?? fieldError(said, 'key')}
          />
          {audiences.data && (
            <>
              <Select
                label="Audience"
                required
                data={audiences.data.items.map((one) => ({
                  value: one.id,
                  label: `${one.name} (${count(one.count, 'contact', 'contacts')})`,
                }))}
                value={audience.list || null}
                onChange={(list) => set({}, { list: list ?? '' })}
                error={fieldError(said, 'sinks.0.list')}
              />
              <TextInput
                label="Tag"
                description="Everybody who is pushed has it, and nobody else: who is given it by hand loses it."
                required
                maxLength={100}
                value={audience.tag}
                onChange={(event) => set({}, { tag: event.currentTarget.value })}
                error={fieldError(said, 'sinks.0.tag')}
              />
              <Switch
                label="Tag with the names of their programs too"
                checked={access.settings.program_tags === true}
                onChange={(event) => set({ program_tags: event.currentTarget.checked })}
              />
              <LeavingField value={audience.leaving} onChange={(leaving) => set({}, { leaving })} />
            </>
          )}
          <Failure error={otherError(said, ...shown)} />
          {tested?.audience && (
            <Alert
              color="spruce"
              icon={<IconCircleCheck />}
              title={`“${tested.name}” can be pushed to “${tested.audience.name}”`}
              data-testid="test-passed"
            >
              <Text size="sm">
                {count(tested.count ?? 0, 'person is', 'people are')} in the segment,{' '}
                {count(tested.audience.count, 'contact', 'contacts')} on the audience.
              </Text>
            </Alert>
          )}
          <Text size="xs" c="dimmed">
            Who unsubscribed there is never subscribed again, and who unsubscribed or is suppressed here is
            not pushed. The key is kept sealed and never shown again. Nothing is kept before the last step.
          </Text>
          <Group gap="xs" justify="space-between">
            <Button variant="default" onClick={back}>
              Back
            </Button>
            <Button type="submit" loading={test.isPending || audiences.isPending}>
              {!audiences.data ? 'Find its audiences' : tested ? 'Map its fields' : 'Test'}
            </Button>
          </Group>
        </Stack>
      </form>
    </Panel>
  );
}
