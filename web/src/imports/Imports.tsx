import { Card } from '@mantine/core';
import { IconFileImport } from '@tabler/icons-react';
import { useState } from 'react';
import { EmptyState } from '../shared/EmptyState.tsx';
import { Failure } from '../shared/Failure.tsx';
import { Loaded } from '../shared/Loaded.tsx';
import { Page } from '../shared/Page.tsx';
import { Panel } from '../shared/Panel.tsx';
import { ImportDropzone } from './ImportDropzone.tsx';
import { ImportList } from './ImportList.tsx';
import { ImportMapping } from './ImportMapping.tsx';
import { useImports, usePreview } from './queries.ts';
import { Sources } from './Sources.tsx';

/** Files of customers: upload one, see what happened to the others. */
export function Imports() {
  const [file, setFile] = useState<File>();
  const preview = usePreview();
  const imports = useImports();
  const choose = (chosen: File) => {
    setFile(chosen);
    preview.mutate(chosen);
  };
  const leave = () => {
    setFile(undefined);
    preview.reset();
  };
  return (
    <Page
      title="Imports"
      description="Files of customers and of what they do, taken in once. The same file twice changes nothing."
    >
      <Failure error={preview.error} retry={file && (() => preview.mutate(file))} />
      {file && preview.data ? (
        <ImportMapping
          key={`${file.name} ${file.lastModified}`}
          file={file}
          preview={preview.data}
          leave={leave}
        />
      ) : (
        <ImportDropzone choose={choose} busy={preview.isPending} />
      )}
      <Loaded query={imports}>
        {({ items }) =>
          items.length === 0 ? (
            <Card bg="var(--surface)">
              <EmptyState icon={IconFileImport} title="No imports yet">
                Every file you import is listed here, with how many rows went in and which did not, and why.
              </EmptyState>
            </Card>
          ) : (
            <Panel title="Earlier imports" flush>
              <ImportList imports={items} />
            </Panel>
          )
        }
      </Loaded>
      <Sources />
    </Page>
  );
}
