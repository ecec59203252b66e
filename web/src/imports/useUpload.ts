import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { DetailedError, Upload } from 'tus-js-client';
import { problemOf, unreachable } from '../api/client.ts';
import type { Mapping } from './queries.ts';

const endpoint = '/api/imports/uploads';

export interface Sending {
  file: File;
  mapping: Mapping | null;
  maxBadShare: number | null;
}

type Metadata = Record<string, string>;
const metadataOf = ({ file, mapping, maxBadShare }: Sending): Metadata => ({
  filename: file.name,
  ...(mapping && { mapping: JSON.stringify(mapping) }),
  ...(maxBadShare !== null && { max_bad_share: String(maxBadShare) }),
});
const alike = (one: Metadata, other: Metadata) =>
  JSON.stringify(Object.entries(one).sort()) === JSON.stringify(Object.entries(other).sort());

/** An upload of this very file that was cut off before, with how it was to be read. */
export async function cutOff(file: File): Promise<Sending | undefined> {
  const [before] = await new Upload(file, { endpoint }).findPreviousUploads();
  if (!before) return undefined;
  const { mapping, max_bad_share } = before.metadata;
  return {
    file,
    mapping: mapping ? (JSON.parse(mapping) as Mapping) : null,
    maxBadShare: max_bad_share ? Number(max_bad_share) : null,
  };
}

/**
 * Sends a file in pieces. It may be paused, and goes on by itself after the network was away; after a closed tab it goes on
 * when the same file is chosen again. `finished` is given the id of the import it became.
 */
export function useUpload(finished: (id: string) => void) {
  const upload = useRef<Upload>(undefined);
  const client = useQueryClient();
  const [state, setState] = useState<'idle' | 'sending' | 'paused'>('idle');
  const [sent, setSent] = useState(0);
  const [error, setError] = useState<unknown>();
  useEffect(() => () => void upload.current?.abort(), []);

  async function start(what: Sending) {
    setError(undefined);
    setState('sending');
    const metadata = metadataOf(what);
    const one = new Upload(what.file, {
      endpoint,
      metadata,
      retryDelays: [0, 1_000, 3_000, 5_000, 10_000],
      removeFingerprintOnSuccess: true,
      onProgress: (bytes) => setSent(bytes),
      onSuccess: () => {
        void client.invalidateQueries({ queryKey: ['imports'] });
        finished(one.url?.split('/').at(-1) ?? '');
      },
      onError: (problem) => {
        setState('idle');
        setError(explained(problem));
      },
    });
    upload.current = one;
    const before = (await one.findPreviousUploads()).find((known) => alike(known.metadata, metadata));
    if (before) one.resumeFromPreviousUpload(before);
    one.start();
  }

  return {
    start,
    state,
    sent,
    error,
    pause() {
      void upload.current?.abort();
      setState('paused');
    },
    goOn() {
      upload.current?.start();
      setState('sending');
    },
    /** Throws away what has come. */
    async stop() {
      await upload.current?.abort(true).catch(() => {});
      setState('idle');
      setSent(0);
    },
  };
}

function explained(problem: unknown): unknown {
  if (!(problem instanceof DetailedError)) return problem;
  const response = problem.originalResponse;
  if (!response) return unreachable();
  try {
    return problemOf(response.getStatus(), JSON.parse(response.getBody()));
  } catch {
    return problemOf(response.getStatus(), null);
  }
}
