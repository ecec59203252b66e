import { Stack } from '@mantine/core';
import { Failure } from '../shared/Failure.tsx';
import { accessErrors } from './accessErrors.ts';
import { JsonForm } from './JsonForm.tsx';
import { fieldsOfSchema, type Values } from './jsonForm.ts';
import type { Kind } from './queries.ts';

export interface Access {
  settings: Values;
  credentials: Values;
}

interface Props {
  kind: Kind;
  access: Access;
  onChange: (access: Access) => void;
  error: unknown;
  /** Where only new credentials are given. */
  only?: 'settings' | 'credentials';
}

/** What is needed to read a list: which one, and the right to. */
export function AccessFields({ kind, access, onChange, error, only }: Props) {
  const { at, rest } = accessErrors(error);
  const parts = (['settings', 'credentials'] as const).filter((part) => !only || part === only);
  return (
    <Stack gap="sm">
      {parts.map((part) => {
        const first = fieldsOfSchema(kind[part])[0]?.name;
        return (
          <JsonForm
            key={part}
            kind={kind.kind}
            schema={kind[part]}
            values={access[part]}
            onChange={(values) => onChange({ ...access, [part]: values })}
            secret={part === 'credentials'}
            errorOf={(name) => at(part, name, first)}
          />
        );
      })}
      <Failure error={only ? error && (rest ?? otherPart(error, only)) : rest} />
    </Stack>
  );
}

/** An error at a field that is not shown here still has to be said. */
function otherPart(error: unknown, shown: 'settings' | 'credentials') {
  const other = shown === 'settings' ? 'credentials' : 'settings';
  const { at } = accessErrors(error);
  return at(other, '', '') ? error : undefined;
}
