import { Button, Group, Modal, PasswordInput, SegmentedControl, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { Failure } from '../shared/Failure.tsx';
import { fieldError, otherError } from '../shared/fieldError.ts';
import { count } from '../shared/format.ts';
import { done } from '../shared/notify.ts';
import { type Bucket, useAddSource, useTestBucket } from './sourceQueries.ts';

interface Props {
  /** The folder that can be watched; null when none is configured. */
  folder: string | null;
  close: () => void;
}

const fields = ['name', 'settings.url', 'settings.region', 'settings.endpoint', 'credentials.access_key_id'];

/** Adds a bucket or a folder whose files are taken in as they come. */
export function AddSource({ folder, close }: Props) {
  const add = useAddSource();
  const test = useTestBucket();
  const [kind, setKind] = useState<'s3' | 'folder'>('s3');
  const [values, setValues] = useState({
    name: '',
    url: '',
    region: 'us-east-1',
    endpoint: '',
    access: '',
    secret: '',
  });
  const bucket = (): Bucket => ({
    kind: 's3',
    settings: {
      url: values.url,
      region: values.region,
      ...(values.endpoint && { endpoint: values.endpoint }),
    },
    credentials: { access_key_id: values.access, secret_access_key: values.secret },
  });
  const error = add.error ?? test.error;
  const field = (name: keyof typeof values, path: string) => ({
    value: values[name],
    onChange: (event: { currentTarget: { value: string } }) =>
      setValues({ ...values, [name]: event.currentTarget.value }),
    error: fieldError(error, path),
    autoComplete: 'off',
    spellCheck: false,
  });
  const submit = () =>
    add.mutate(kind === 's3' ? { ...bucket(), name: values.name } : { kind, name: values.name }, {
      onSuccess: ({ name }) => {
        done(`${name} is added. Its files are taken in from now on.`);
        close();
      },
    });
  return (
    <Modal opened onClose={close} title="Add a source of files" centered>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <Stack>
          <SegmentedControl
            fullWidth
            aria-label="Kind of source"
            value={kind}
            onChange={(value) => setKind(value as typeof kind)}
            data={[
              { value: 's3', label: 'Bucket (S3)' },
              { value: 'folder', label: 'Folder' },
            ]}
          />
          <TextInput label="Name" required data-autofocus placeholder="Stores" {...field('name', 'name')} />
          {kind === 'folder' ? (
            <Text size="sm">
              {folder
                ? `Files put into ${folder} on the server are taken in, and moved to done or failed.`
                : 'No folder is watched on this server. The one who runs Rapport names one with RAPPORT_IMPORT_FOLDER.'}
            </Text>
          ) : (
            <>
              <TextInput
                label="Bucket and prefix"
                required
                placeholder="s3://exports/customers/"
                {...field('url', 'settings.url')}
              />
              <Group grow align="flex-start">
                <TextInput label="Region" required {...field('region', 'settings.region')} />
                <TextInput
                  label="Endpoint"
                  placeholder="Amazon"
                  type="url"
                  {...field('endpoint', 'settings.endpoint')}
                />
              </Group>
              <TextInput label="Access key" required {...field('access', 'credentials.access_key_id')} />
              <PasswordInput
                label="Secret access key"
                description="Kept sealed, never shown again."
                required
                {...field('secret', 'credentials.secret_access_key')}
              />
            </>
          )}
          {test.data && (
            <Text size="sm" data-testid="source-tested">
              It can be read: {count(test.data.files, 'file', 'files')}
              {test.data.more && ' and more'}
              {test.data.names.length > 0 && `, such as ${test.data.names[0]}`}
            </Text>
          )}
          <Failure error={otherError(error, ...fields)} />
          <Group justify="flex-end" gap="xs">
            {kind === 's3' && (
              <Button variant="default" loading={test.isPending} onClick={() => test.mutate(bucket())}>
                Test
              </Button>
            )}
            <Button type="submit" loading={add.isPending} disabled={kind === 'folder' && !folder}>
              Add source
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
