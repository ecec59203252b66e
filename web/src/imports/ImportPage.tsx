import { Alert, Button, Group, SimpleGrid, Skeleton } from '@mantine/core';
import { useParams } from '@tanstack/react-router';
import { Confirm } from '../shared/Confirm.tsx';
import { Failure } from '../shared/Failure.tsx';
import { bytes, duration, number, percent, useTimes } from '../shared/format.ts';
import { Loaded } from '../shared/Loaded.tsx';
import { ButtonLink, TextLink } from '../shared/links.tsx';
import { Page } from '../shared/Page.tsx';
import { Status } from '../shared/Status.tsx';
import { Tile } from '../shared/Tile.tsx';
import { ImportErrors } from './ImportErrors.tsx';
import { ImportProgress } from './ImportProgress.tsx';
import { canUndo, type Import, isGoing, useCancelImport, useContinueImport, useImport } from './queries.ts';
import { UndoImport } from './UndoImport.tsx';

/** How long it took, or has taken. */
const took = (one: Import) =>
  one.started_at && one.finished_at
    ? duration(Math.max(1, (Date.parse(one.finished_at) - Date.parse(one.started_at)) / 1000))
    : undefined;

/** One import: how far it is, what went in, what did not. */
export function ImportPage() {
  const { id } = useParams({ from: '/shell/imports/$id' });
  const query = useImport(id);
  const cancel = useCancelImport(id);
  const goOn = useContinueImport(id);
  const times = useTimes();
  const one = query.data;
  return (
    <Page
      title={one?.file_name ?? 'Import'}
      back={<TextLink to="/imports">Imports</TextLink>}
      mark={one && <Status value={one.status} />}
      description={one && `${bytes(one.bytes)}, uploaded ${times.time(one.created_at)}`}
      actions={
        one &&
        (isGoing(one) ? (
          <Confirm
            title="Stop this import?"
            verb="Stop import"
            danger
            run={() => cancel.mutateAsync()}
            trigger={(open) => (
              <Button variant="default" onClick={open}>
                Stop
              </Button>
            )}
          >
            The rows taken in so far stay. The rest of the file is not read.
          </Confirm>
        ) : (
          <Group gap="xs">
            {canUndo(one) && <UndoImport one={one} />}
            <ButtonLink to="/people">See people</ButtonLink>
          </Group>
        ))
      }
    >
      <Loaded query={query} skeleton={<Skeleton h={200} />}>
        {(known) => (
          <>
            {query.isError && <Failure error={query.error} retry={() => query.refetch()} />}
            {known.error && (
              <Alert color="red" title={known.can_continue ? 'The import was stopped' : 'The import failed'}>
                {known.error}
                {known.can_continue && (
                  <Group mt="xs">
                    <Button size="xs" loading={goOn.isPending} onClick={() => goOn.mutate()}>
                      Take in the good rows all the same
                    </Button>
                  </Group>
                )}
              </Alert>
            )}
            <Failure error={goOn.error} />
            {known.duplicate_of && (
              <Alert color="blue" title="The same file was imported before">
                Nothing was changed by this one.{' '}
                <TextLink to="/imports/$id" params={{ id: known.duplicate_of }}>
                  See the earlier import
                </TextLink>
              </Alert>
            )}
            {isGoing(known) && <ImportProgress one={known} />}
            <SimpleGrid cols={{ base: 2, sm: 4 }} spacing={{ base: 'xs', sm: 'md' }}>
              <Tile label="Rows read" value={number(known.rows)} testId="import-rows" />
              <Tile
                label="Rows in"
                value={number(known.rows_ok)}
                testId="import-rows-ok"
                note={percent(known.rows_ok, known.rows)}
              />
              <Tile
                label="Bad rows"
                value={number(known.rows_bad)}
                testId="import-rows-bad"
                note={percent(known.rows_bad, known.rows)}
                tone={known.rows_bad > 0 ? 'red' : undefined}
              />
              <Tile
                label="Rows a second"
                value={known.rows_per_second === null ? '–' : number(Math.round(known.rows_per_second))}
                note={took(known) && `took ${took(known)}`}
              />
            </SimpleGrid>
            {known.rows_bad > 0 && <ImportErrors one={known} />}
          </>
        )}
      </Loaded>
    </Page>
  );
}
