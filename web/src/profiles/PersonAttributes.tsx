import { Table, Text } from '@mantine/core';
import { useTimes } from '../shared/format.ts';
import { Panel } from '../shared/Panel.tsx';
import { AttributeValue } from './AttributeValue.tsx';
import { attributeLabel } from './attributeText.ts';
import type { PersonDetail } from './queries.ts';

// What one wants to know first of a customer; the rest follows by name.
const first = [
  'first_name',
  'last_name',
  'email',
  'phone',
  'store_location',
  'lifetime_value',
  'last_order_date',
];
const rank = (name: string) => (first.includes(name) ? first.indexOf(name) : first.length);

/** The latest value of each attribute. */
export function PersonAttributes({ person }: { person: PersonDetail }) {
  const times = useTimes();
  const attributes = person.attributes.toSorted(
    (a, b) => rank(a.name) - rank(b.name) || a.name.localeCompare(b.name),
  );
  return (
    <Panel title="Attributes">
      {attributes.length === 0 ? (
        <Text size="sm" c="dimmed">
          Nothing is known of this person but what they did.
        </Text>
      ) : (
        <Table variant="vertical" layout="fixed" verticalSpacing={7} horizontalSpacing={0} withRowBorders>
          <Table.Tbody>
            {attributes.map((one) => (
              <Table.Tr key={one.name}>
                <Table.Th w="42%" scope="row" fw={500} c="dimmed" bg="transparent" title={one.name}>
                  {attributeLabel(one.name)}
                </Table.Th>
                <Table.Td title={`since ${times.exact(one.time)}`} style={{ overflowWrap: 'anywhere' }}>
                  <AttributeValue kind={one.kind} value={one.value} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Panel>
  );
}
