import { NumberInput, PasswordInput, Select, Stack, Switch, TextInput } from '@mantine/core';
import { type FieldSchema, fieldsOfSchema, type Values } from './jsonForm.ts';
import { kindWords } from './kindWords.tsx';

interface Props {
  kind: string;
  schema: Record<string, unknown>;
  values: Values;
  onChange: (values: Values) => void;
  /** Nobody looking on may read them. */
  secret?: boolean;
  errorOf: (name: string) => string | undefined;
}

/** A form for what a kind of list wants to know, made of its JSON Schema. */
export function JsonForm({ kind, schema, values, onChange, secret, errorOf }: Props) {
  return (
    <Stack gap="sm">
      {fieldsOfSchema(schema).map((field) => (
        <Field
          key={field.name}
          kind={kind}
          field={field}
          value={values[field.name] ?? field.initial}
          change={(value) => onChange({ ...values, [field.name]: value })}
          secret={secret ?? false}
          error={errorOf(field.name)}
        />
      ))}
    </Stack>
  );
}

interface FieldProps {
  kind: string;
  field: FieldSchema;
  value: Values[string];
  change: (value: Values[string]) => void;
  secret: boolean;
  error: string | undefined;
}

/** `batch_size` as “Batch size”, where nobody gave it a name. */
const spelledOut = (name: string) => name.charAt(0).toUpperCase() + name.slice(1).replaceAll('_', ' ');

function Field({ kind, field, value, change, secret, error }: FieldProps) {
  const words = kindWords(kind).fields[field.name];
  const shared = {
    label: words?.label ?? spelledOut(field.name),
    description: words?.help ?? field.description,
    error,
  };
  if (field.type === 'boolean')
    return (
      <Switch
        {...shared}
        checked={value === true}
        onChange={(event) => change(event.currentTarget.checked)}
      />
    );
  if (field.type === 'number')
    return (
      <NumberInput
        {...shared}
        required={field.required}
        min={field.minimum}
        max={field.maximum}
        value={value as number | string}
        onChange={change}
      />
    );
  if (field.choices)
    return (
      <Select
        {...shared}
        required={field.required}
        data={field.choices}
        value={String(value)}
        onChange={(chosen) => change(chosen ?? '')}
      />
    );
  const Input = secret ? PasswordInput : TextInput;
  return (
    <Input
      {...shared}
      required={field.required}
      placeholder={words?.placeholder}
      // No browser should offer to keep a key, or fill in a person's password.
      autoComplete={secret ? 'new-password' : 'off'}
      inputMode={field.isAddress ? 'url' : undefined}
      spellCheck={false}
      value={String(value)}
      onChange={(event) => change(event.currentTarget.value)}
    />
  );
}
