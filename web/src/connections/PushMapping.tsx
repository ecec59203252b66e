import { Autocomplete, Stack, Table, Text } from '@mantine/core';
import { fieldError } from '../shared/fieldError.ts';
import classes from './MappingFields.module.css';
import { type FieldRow, type MappingDraft, mappingOf } from './mappingDraft.ts';
import type { Tested } from './queries.ts';

interface Props {
  fields: FieldRow[];
  audience: Tested['audience'];
  draft: MappingDraft;
  onChange: (draft: MappingDraft) => void;
  error: unknown;
}

/** One row an attribute of people here: the merge field of the audience it fills; empty is not pushed. */
export function PushMapping({ fields, audience, draft, onChange, error }: Props) {
  const order = fields.map(({ field }) => field);
  const sentAt = new Map(mappingOf(draft, order).fields.map(({ field }, at) => [field, at]));
  const change = (field: string, tag: string) =>
    onChange({ ...draft, attributes: { ...draft.attributes, [field]: tag } });
  const tags = audience?.fields.map(({ tag }) => tag) ?? [];
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">
        The email address is always pushed: it is what Mailchimp knows people by.
      </Text>
      <div className={classes.scroll}>
        <Table aria-label="Attributes of people" verticalSpacing={6}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">Attribute here</Table.Th>
              <Table.Th scope="col" visibleFrom="sm">
                For example
              </Table.Th>
              <Table.Th scope="col">Fills the merge field</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {fields.map(({ field, samples }) => (
              <Table.Tr key={field}>
                <Table.Th scope="row" className={classes.field}>
                  {field}
                </Table.Th>
                <Table.Td className={classes.sample} visibleFrom="sm">
                  <Text size="sm" c="dimmed" truncate title={samples?.join(', ')}>
                    {samples?.slice(0, 3).join(', ')}
                  </Text>
                </Table.Td>
                <Table.Td className={classes.attribute}>
                  <Autocomplete
                    size="xs"
                    aria-label={`Merge field for ${field}`}
                    placeholder="not pushed"
                    value={draft.attributes[field] ?? ''}
                    onChange={(value) => change(field, value)}
                    data={tags}
                    clearable
                    error={fieldError(error, `mapping.fields.${sentAt.get(field)}.attribute`)}
                  />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
      <Text size="xs" c="dimmed">
        {sentAt.size} of {fields.length} attributes are pushed. An attribute somebody has not leaves the merge
        field as it is.
      </Text>
    </Stack>
  );
}
