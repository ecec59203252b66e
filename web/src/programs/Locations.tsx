import { ActionIcon, Badge, Button, Group, Text, Tooltip } from '@mantine/core';
import { IconMapPin, IconPencil, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { useMe } from '../access/queries.ts';
import { useMayEdit } from '../connections/useMayEdit.ts';
import { Confirm } from '../shared/Confirm.tsx';
import { type Column, DataTable } from '../shared/DataTable.tsx';
import { EmptyState } from '../shared/EmptyState.tsx';
import { done } from '../shared/notify.ts';
import { Panel } from '../shared/Panel.tsx';
import { LocationForm } from './LocationForm.tsx';
import { type Location, type Program, useRemoveLocation } from './queries.ts';
import { addressText, senderText } from './words.ts';

/** The locations of a program: how files spell them, what time it is there, who writes from there. */
export function Locations({ program }: { program: Program }) {
  const may = useMayEdit();
  const zone = useMe().data?.workspace.timezone;
  const [edited, setEdited] = useState<Location | 'new'>();
  const add = may && <Button onClick={() => setEdited('new')}>Add location</Button>;
  const { locations } = program;
  return (
    <>
      <Panel title="Locations" aside={locations.length > 0 && add} flush>
        {locations.length === 0 ? (
          <EmptyState icon={IconMapPin} title="No locations yet" action={add}>
            A location is a store or a branch. Name it as your files do in their store location, and add the
            other ways they spell it: who is imported from there belongs to it.
          </EmptyState>
        ) : (
          <DataTable
            label="Locations"
            columns={columnsOf(program, zone, may ? setEdited : undefined)}
            rows={locations}
            rowKey={({ id }) => id}
            testId="location-row"
          />
        )}
      </Panel>
      {edited && (
        <LocationForm
          program={program}
          location={edited === 'new' ? undefined : edited}
          close={() => setEdited(undefined)}
        />
      )}
    </>
  );
}

const columnsOf = (
  program: Program,
  zone: string | undefined,
  edit: ((location: Location) => void) | undefined,
): Column<Location>[] => [
  { title: 'Location', render: (one) => <Spellings location={one} /> },
  {
    title: 'Time zone',
    from: 'sm',
    render: ({ timezone }) => <Own given={timezone} otherwise={program.timezone ?? zone} />,
  },
  {
    title: 'Emails come from',
    from: 'md',
    render: ({ sender }) => (
      <Own given={senderText(sender)} otherwise={senderText(program.sender) ?? 'As the sending account'} />
    ),
  },
  ...(edit
    ? [
        {
          title: 'Actions',
          hideTitle: true,
          right: true,
          width: 96,
          render: (one: Location) => <Actions program={program} location={one} edit={() => edit(one)} />,
        },
      ]
    : []),
];

/** What it says itself, or what it has of the program. */
const Own = ({ given, otherwise }: { given: string | null | undefined; otherwise: string | undefined }) => (
  <Text inherit c={given ? undefined : 'dimmed'} style={{ overflowWrap: 'anywhere' }}>
    {given ?? otherwise}
  </Text>
);

function Spellings({ location }: { location: Location }) {
  const { name, external_id, aliases, address, timezone } = location;
  const others = external_id === null || external_id === name ? aliases : [external_id, ...aliases];
  const where = addressText(address);
  return (
    <>
      <Text inherit fw={550} style={{ overflowWrap: 'anywhere' }}>
        {name}
      </Text>
      {where && (
        <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
          {where}
        </Text>
      )}
      {timezone && (
        <Text size="xs" c="dimmed" hiddenFrom="sm">
          {timezone}
        </Text>
      )}
      {others.length > 0 && (
        <Group component="ul" gap={4} m={0} mt={4} p={0} aria-label={`Other spellings of ${name}`}>
          {[...new Set(others)].map((spelling) => (
            <Badge
              component="li"
              key={spelling}
              color="gray"
              variant="light"
              tt="none"
              fw={450}
              maw="100%"
              autoContrast={false}
            >
              {spelling}
            </Badge>
          ))}
        </Group>
      )}
    </>
  );
}

function Actions({ program, location, edit }: { program: Program; location: Location; edit: () => void }) {
  const remove = useRemoveLocation(program.id, location.id);
  return (
    <Group gap={4} justify="flex-end" wrap="nowrap">
      <Tooltip label="Change">
        <ActionIcon variant="subtle" color="gray" aria-label={`Change ${location.name}`} onClick={edit}>
          <IconPencil size={16} />
        </ActionIcon>
      </Tooltip>
      <Confirm
        title={`Remove “${location.name}”?`}
        verb="Remove location"
        danger
        run={async () => {
          await remove.mutateAsync(undefined);
          done(`${location.name} is removed.`);
        }}
        trigger={(open) => (
          <Tooltip label="Remove">
            <ActionIcon variant="subtle" color="gray" aria-label={`Remove ${location.name}`} onClick={open}>
              <IconTrash size={16} />
            </ActionIcon>
          </Tooltip>
        )}
      >
        Nobody belongs to it any more. The people stay. A later document that has it brings it back.
      </Confirm>
    </Group>
  );
}
