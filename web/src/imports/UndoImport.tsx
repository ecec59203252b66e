import { Button } from '@mantine/core';
import { Confirm } from '../shared/Confirm.tsx';
import { count } from '../shared/format.ts';
import { type Import, useUndoImport } from './queries.ts';

/** Takes back what an import brought. */
export function UndoImport({ one }: { one: Import }) {
  const undo = useUndoImport(one.id);
  return (
    <Confirm
      title="Undo this import?"
      verb="Undo import"
      danger
      run={() => undo.mutateAsync()}
      trigger={(open) => (
        <Button variant="default" onClick={open}>
          Undo
        </Button>
      )}
    >
      What {count(one.rows_ok, 'row', 'rows')} brought is taken out again. People get back the values they had
      before, and who is known from this file alone is gone. Emails that were sent stay sent.
    </Confirm>
  );
}
