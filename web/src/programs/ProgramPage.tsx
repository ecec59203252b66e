import { ActionIcon, Group, Loader, Skeleton, Text, Tooltip } from '@mantine/core';
import { IconPencil, IconTrash } from '@tabler/icons-react';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { useMayEdit } from '../connections/useMayEdit.ts';
import { Confirm } from '../shared/Confirm.tsx';
import { Loaded } from '../shared/Loaded.tsx';
import { TextLink } from '../shared/links.tsx';
import { done } from '../shared/notify.ts';
import { Page } from '../shared/Page.tsx';
import { When } from '../shared/When.tsx';
import { Locations } from './Locations.tsx';
import { ProgramConsent } from './ProgramConsent.tsx';
import { ProgramFacts } from './ProgramFacts.tsx';
import { ProgramForm } from './ProgramForm.tsx';
import { ProgramReport } from './ProgramReport.tsx';
import { type Program, useProgram, useRemoveProgram } from './queries.ts';
import { UnknownSpellings } from './UnknownSpellings.tsx';
import { changedBy } from './words.ts';

/** One program: what holds for all of it, and its locations. */
export function ProgramPage() {
  const { id } = useParams({ from: '/shell/programs/$id' });
  const program = useProgram(id);
  const may = useMayEdit();
  const one = program.data;
  return (
    <Page
      title={one?.name ?? 'Program'}
      back={<TextLink to="/programs">Programs</TextLink>}
      description={
        one && (
          <>
            Changed <When time={one.updated_at} /> by {changedBy(one)}
          </>
        )
      }
      actions={one && may && <Actions program={one} />}
    >
      <Loaded query={program} skeleton={<Skeleton h={300} />}>
        {(known) => (
          <>
            {known.taking_people && (
              <Group gap="xs" role="status">
                <Loader size={14} aria-hidden />
                <Text size="sm">The people of its newest document are being taken in.</Text>
              </Group>
            )}
            <ProgramFacts program={known} />
            <ProgramConsent program={known.id} />
            <ProgramReport program={known.id} />
            <Locations program={known} />
            <UnknownSpellings program={known} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Actions({ program }: { program: Program }) {
  const [changing, setChanging] = useState(false);
  const remove = useRemoveProgram(program.id);
  const navigate = useNavigate();
  return (
    <>
      <Tooltip label="Change">
        <ActionIcon variant="default" size={36} aria-label="Change program" onClick={() => setChanging(true)}>
          <IconPencil size={16} />
        </ActionIcon>
      </Tooltip>
      <Confirm
        title={`Remove “${program.name}”?`}
        verb="Remove program"
        danger
        run={async () => {
          await remove.mutateAsync();
          done('The program is removed.');
          await navigate({ to: '/programs' });
        }}
        trigger={(open) => (
          <Tooltip label="Remove">
            <ActionIcon variant="default" size={36} aria-label="Remove program" onClick={open}>
              <IconTrash size={16} />
            </ActionIcon>
          </Tooltip>
        )}
      >
        Its locations go with it, and nobody belongs to them any more. The people stay. A later document about
        it brings it back.
      </Confirm>
      {changing && (
        <ProgramForm
          program={program}
          close={() => setChanging(false)}
          onSaved={({ name }) => {
            done(`${name} is saved.`);
            setChanging(false);
          }}
        />
      )}
    </>
  );
}
