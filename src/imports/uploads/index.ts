import type { Readable } from 'node:stream';
import { type Engine, notFound, Problem } from '../../engine/index.ts';
import type { Files } from '../files.ts';
import type { Mapping } from '../schema.ts';
import { createUploadStore, type Upload } from './store.ts';

/** An upload nothing more came of is thrown away after this time. */
const ABANDONED_MS = 24 * 60 * 60 * 1000;
/** What came is made durable, and counts, at least every so many bytes. */
const SAVED_EVERY = 16 * 1024 * 1024;

/** How far an upload is. */
export interface Offset {
  received: number;
  bytes: number;
  /** When it is thrown away if nothing more comes; undefined when it is an import. */
  expires: Date | undefined;
}

/** What an import needs to know of a file that has come whole. */
export interface Arrived
  extends Pick<Upload, 'id' | 'workspace' | 'file_name' | 'mapping' | 'max_bad_share'> {
  bytes: number;
  sha256: string;
}

interface Hall {
  files: Files;
  maxBytes: number;
  /** The size of the file of an import; undefined when there is none of this id. */
  imported(workspace: string, id: string): Promise<number | undefined>;
  /** Makes it an import. */
  begin(arrived: Arrived): Promise<void>;
}

export type Uploads = ReturnType<typeof createUploads>;

/**
 * Uploads in pieces. What has come is told by a number in PostgreSQL that only grows, and only after the bytes are durable.
 * So a request that was cut off may still be writing when the next one begins: it writes the same bytes to the same place.
 */
export function createUploads(engine: Engine, { files, maxBytes, imported, begin }: Hall) {
  const store = createUploadStore(engine);
  const { clock } = engine;
  const expires = ({ active_at }: Upload) => new Date(active_at.getTime() + ABANDONED_MS);

  /** It has come whole: it becomes an import. Killed anywhere, it is done again. */
  async function finish(upload: Upload): Promise<void> {
    const { id, workspace, file_name, mapping, max_bad_share } = upload;
    if ((await imported(workspace, id)) === undefined) {
      const { bytes, sha256 } = await files.complete(id);
      await begin({ id, workspace, file_name, mapping, max_bad_share, bytes, sha256 });
    }
    await store.remove(id);
  }

  async function known(workspace: string, id: string): Promise<Upload> {
    const upload = await store.find(workspace, id);
    if (!upload) throw notFound('upload', id);
    return upload;
  }

  return {
    maxBytes,

    /** @returns its id, which is also that of the import it becomes */
    async create(
      workspace: string,
      given: { fileName: string; bytes: number; mapping: Mapping | null; maxBadShare: number | null },
    ): Promise<{ id: string; expires: Date }> {
      const { bytes, mapping } = given;
      if (bytes > maxBytes) throw files.tooLarge();
      const file_name = given.fileName.replaceAll('\0', '').slice(-200);
      const id = crypto.randomUUID();
      await files.reserve(id);
      const upload = await store.create({
        id,
        workspace,
        file_name,
        bytes,
        mapping,
        max_bad_share: given.maxBadShare,
      });
      if (bytes === 0) await finish(upload);
      return { id, expires: expires(upload) };
    },

    async offset(workspace: string, id: string): Promise<Offset> {
      const upload = await store.find(workspace, id);
      if (upload) return { received: upload.received, bytes: upload.bytes, expires: expires(upload) };
      const bytes = await imported(workspace, id);
      if (bytes === undefined) throw notFound('upload', id);
      return { received: bytes, bytes, expires: undefined };
    },

    /** Takes what comes, from the offset on, until it ends or breaks off. Throws a Problem 404, 409 or 413. */
    async write(workspace: string, id: string, offset: number, from: Readable): Promise<Offset> {
      const upload = await known(workspace, id);
      if (offset !== upload.received)
        throw new Problem(409, 'wrong_offset', `${upload.received} bytes have come; go on from there.`, {
          field: 'upload-offset',
        });
      await files.writeAt(id, offset, from, {
        until: upload.bytes,
        every: SAVED_EVERY,
        saved: (received) => store.advance(id, received),
      });
      const now = await known(workspace, id);
      if (now.received < now.bytes)
        return { received: now.received, bytes: now.bytes, expires: expires(now) };
      await finish(now);
      return { received: now.bytes, bytes: now.bytes, expires: undefined };
    },

    /** Throws it away. Throws a Problem 404. */
    async remove(workspace: string, id: string): Promise<void> {
      await known(workspace, id);
      await store.remove(id);
      await files.removePart(id);
    },

    /** Ends what a killed process left whole, and throws away what was abandoned. */
    async tidy(): Promise<void> {
      for (const upload of await store.whole()) await finish(upload);
      const since = new Date(clock.now().getTime() - ABANDONED_MS);
      for (const { id } of await store.abandoned(since)) await files.removePart(id);
    },

    /** Uploads whose bytes are still needed. */
    ids: () => store.ids(),
  };
}
