import { Button } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { failed } from '../shared/notify.ts';
import { answerAsCsv, type Question } from './queries.ts';

/** Takes the answer to a question as a file of that name. */
export const useDownload = (question: Question, name: string) =>
  useMutation({
    mutationFn: () => answerAsCsv(question),
    onSuccess: (blob) => save(blob, `${name.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, '-')}.csv`),
    onError: failed,
  });

/** The answer to a question as a file. */
export function DownloadCsv({ question, name }: { question: Question; name: string }) {
  const download = useDownload(question, name);
  return (
    <Button
      size="compact-sm"
      variant="default"
      leftSection={<IconDownload size={14} />}
      loading={download.isPending}
      onClick={() => download.mutate()}
      aria-label={`Download “${name}” as CSV`}
    >
      CSV
    </Button>
  );
}

function save(blob: Blob, name: string) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
