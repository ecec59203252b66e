import { Autocomplete, Button, Group, Select, Stack, Table, Text } from '@mantine/core';
import { fieldError } from '../shared/fieldError.ts';
import { knownAttributes } from '../shared/knownAttributes.ts';
import classes from './MappingFields.module.css';
import { type FieldRow, type MappingDraft, mappingOf } from './mappingDraft.ts';

const sampleText = (samples: FieldRow['samples'], most: number) =>
  samples ? samples.slice(0, most).join(', ') || 'empty' : 'no sample';

interface Props {
  fields: FieldRow[];
  draft: MappingDraft;
  onChange: (draft: MappingDraft) => void;
  error: unknown;
}

/** One row a field of the list: what is in it, what it becomes; empty is left out and never asked for. */
export function MappingFields({ fields, draft, onChange, error }: Props) {
  const order = fields.map(({ field }) => field);
  const sentAt = new Map(mappingOf(draft, order).fields.map(({ field }, at) => [field, at]));
  const change = (field: string, attribute: string) =>
    onChange({ ...draft, attributes: { ...draft.attributes, [field]: attribute } });
  const suggested = Object.fromEntries(fields.map(({ field, suggestion }) => [field, suggestion ?? '']));
  return (
    <Stack gap="sm">
      <Select
        label="People are known by"
        description="The value of this field, in lower case, is the profile’s id. Records without one are refused."
        maw={440}
        allowDeselect={false}
        searchable
        data={fields.map(({ field, label }) => ({ value: field, label }))}
        value={draft.identity}
        onChange={(identity) => onChange({ ...draft, identity: identity ?? draft.identity })}
        error={fieldError(error, 'mapping.identity')}
      />
      <div className={classes.scroll}>
        <Table aria-label="Fields of the list" verticalSpacing={6}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">Field</Table.Th>
              <Table.Th scope="col" visibleFrom="sm">
                For example
              </Table.Th>
              <Table.Th scope="col">Becomes the attribute</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {fields.map(({ field, label, samples }) => (
              <Table.Tr key={field}>
                <Table.Th scope="row" className={classes.field}>
                  {label}
                  {label !== field && <span className={classes.name}>{field}</span>}
                  <span className={classes.below}>{sampleText(samples, 2)}</span>
                </Table.Th>
                <Table.Td className={classes.sample} visibleFrom="sm">
                  <Text size="sm" c="dimmed" truncate title={samples?.join(', ')}>
                    {sampleText(samples, 3)}
                  </Text>
                </Table.Td>
                <Table.Td className={classes.attribute}>
                  <Autocomplete
                    size="xs"
                    aria-label={`Attribute for ${label}`}
                    placeholder="left out"
                    value={draft.attributes[field] ?? ''}
                    onChange={(value) => change(field, value)}
                    data={knownAttributes}
                    clearable
                    error={fieldError(error, `mapping.fields.${sentAt.get(field)}.attribute`)}
                  />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
      <Group gap="xs">
        {fields.some(({ suggestion }) => suggestion !== null) && (
          <Button
            size="compact-sm"
            variant="default"
            onClick={() => onChange({ ...draft, attributes: suggested })}
          >
            As suggested
          </Button>
        )}
        <Text size="xs" c="dimmed">
          {sentAt.size} of {fields.length} fields are taken. Only those travel.
        </Text>
      </Group>
      {fieldError(error, 'mapping.fields') && (
        <Text size="sm" c="var(--danger)" role="alert">
          {fieldError(error, 'mapping.fields')}
        </Text>
      )}
    </Stack>
  );
}
