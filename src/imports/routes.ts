import { Readable } from 'node:stream';
import { constants, createGunzip } from 'node:zlib';
import type { MultipartFile } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type App, Problem } from '../engine/index.ts';
import { errorsCsv } from './errors.ts';
import { readMapping, readShare } from './fields.ts';
import type { Imports } from './index.ts';
import { SAMPLE_BYTES } from './inspect.ts';
import type { Sample } from './preview.ts';
import { importSchema, type Mapping, previewSchema, rowErrorSchema } from './schema.ts';
import { MAX_ERRORS_KEPT } from './store.ts';

const tags = ['imports'];
const params = z.object({ id: z.uuid() });
const multipart = ['multipart/form-data'];

export function importRoutes(app: App, imports: Imports, maxBytes: number): void {
  app.post(
    '/api/imports/preview',
    {
      schema: {
        tags,
        summary: 'Looks at the beginning of a file: what it is, its columns, the mapping guessed',
        description:
          'multipart/form-data: a field `mapping` (JSON, optional) to look at the rows with, before the part `file`. Or JSON `{"sample": "the first lines"}`.',
        consumes: [...multipart, 'application/json'],
        response: { 200: previewSchema },
      },
    },
    (request) =>
      whileSending(request, async () => {
        const { sample, mapping } = await sampleOf(request, maxBytes);
        return imports.preview(request.workspace.id, sample, mapping);
      }),
  );

  app.post(
    '/api/imports',
    {
      schema: {
        tags,
        summary: 'Takes in a file; answers as soon as it is stored, and processes it in the background',
        description:
          'multipart/form-data: fields `mapping` (JSON) and `max_bad_share` (0 to 1), both optional, before the part `file`.',
        consumes: multipart,
        response: { 201: importSchema },
      },
    },
    async (request, reply) => {
      const taken = await whileSending(request, async () => {
        const { file, mapping, maxBadShare } = await fileOf(request, maxBytes);
        const fileName = file.filename || 'upload.csv';
        return imports.importFile(request.workspace.id, {
          stream: file.file,
          fileName,
          mapping,
          maxBadShare,
        });
      });
      return reply.status(201).send(taken);
    },
  );

  app.get(
    '/api/imports',
    {
      schema: {
        tags,
        summary: 'Imports, newest first',
        querystring: z.object({ limit: z.coerce.number().int().min(1).max(1000).default(100) }),
        response: { 200: z.object({ items: z.array(importSchema) }) },
      },
    },
    async ({ workspace, query }) => ({ items: await imports.list(workspace.id, query.limit) }),
  );

  app.get(
    '/api/imports/:id',
    { schema: { tags, summary: 'One import and how far it is', params, response: { 200: importSchema } } },
    ({ workspace, params }) => imports.get(workspace.id, params.id),
  );

  app.post(
    '/api/imports/:id/cancel',
    {
      schema: {
        tags,
        summary: 'Stops an import; rows taken in stay',
        params,
        response: { 200: importSchema },
      },
    },
    ({ workspace, params }) => imports.cancel(workspace.id, params.id),
  );

  app.post(
    '/api/imports/:id/continue',
    {
      schema: {
        tags,
        summary: 'Goes on with an import that stopped over too many bad rows; they are left out',
        params,
        response: { 200: importSchema },
      },
    },
    ({ workspace, params }) => imports.continue(workspace.id, params.id),
  );

  app.post(
    '/api/imports/:id/undo',
    {
      schema: {
        tags,
        summary: 'Takes back what an import brought; people are what they were without it',
        params,
        response: { 200: importSchema },
      },
    },
    ({ workspace, params }) => imports.undo(workspace.id, params.id),
  );

  app.get(
    '/api/imports/:id/errors',
    {
      schema: {
        tags,
        summary: 'The rows that could not be taken, by line',
        description: `At most ${MAX_ERRORS_KEPT} are kept for an import; \`total\` counts all.`,
        params,
        querystring: z.object({
          limit: z.coerce.number().int().min(1).max(10_000).default(100),
          after: z.coerce.number().int().min(0).default(0).describe('Only lines after this one.'),
        }),
        response: { 200: z.object({ items: z.array(rowErrorSchema), total: z.number() }) },
      },
    },
    async ({ workspace, params, query }) => {
      const { rows_bad: total } = await imports.get(workspace.id, params.id);
      return { items: await imports.errors(workspace.id, params.id, query.after, query.limit), total };
    },
  );

  app.get(
    '/api/imports/:id/errors.csv',
    {
      schema: {
        tags,
        summary: 'The same as CSV for a spreadsheet; formulas are made inert',
        params,
        produces: ['text/csv'],
      },
    },
    async ({ workspace, params }, reply) => {
      const { file_name } = await imports.get(workspace.id, params.id);
      const name = `${file_name.replace(/[^\w.-]+/g, '_')}-errors.csv`;
      reply.type('text/csv; charset=utf-8').header('content-disposition', `attachment; filename="${name}"`);
      const page = (after: number, limit: number) => imports.errors(workspace.id, params.id, after, limit);
      return reply.send(Readable.from(errorsCsv(page)));
    },
  );
}

interface Sent {
  file: MultipartFile;
  mapping: Mapping | null;
  maxBadShare: number | null;
}

/** The file of a multipart request, and the fields sent before it. Throws a Problem 400 for anything else. */
async function fileOf(request: FastifyRequest, maxBytes: number): Promise<Sent> {
  if (!request.isMultipart()) {
    throw new Problem(415, 'not_multipart', 'Send the file as multipart/form-data.', {
      hint: 'For example: curl -F file=@customers.csv …',
    });
  }
  let mapping: Mapping | null = null;
  let maxBadShare: number | null = null;
  // One byte more than allowed comes through, so that storing sees the excess instead of a silently cut file.
  const limits = { fileSize: maxBytes + 1, files: 1, fields: 10, fieldSize: 1024 * 1024 };
  for await (const part of request.parts({ limits })) {
    if (part.type === 'file') return { file: part, mapping, maxBadShare };
    if (part.fieldname === 'mapping') mapping = readMapping(part.value);
    if (part.fieldname === 'max_bad_share') maxBadShare = readShare(part.value);
  }
  throw new Problem(400, 'no_file', 'The request holds no file.', { field: 'file' });
}

/**
 * When refusing in the middle of an upload, reads on to its end: senders look for the answer only after it, and the
 * next request on the connection would wait behind it.
 */
async function whileSending<T>(request: FastifyRequest, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    request.raw.unpipe();
    request.raw.resume();
    throw error;
  }
}

/** The first megabyte of the file sent (unpacked), or the JSON sample. */
async function sampleOf(
  request: FastifyRequest,
  maxBytes: number,
): Promise<{ sample: Sample; mapping: Mapping | null }> {
  if (!request.isMultipart()) {
    const sample = (request.body as { sample?: unknown } | null)?.sample;
    if (typeof sample !== 'string')
      throw new Problem(400, 'no_sample', 'Send a file, or the beginning of one as text.', {
        field: 'sample',
      });
    return { sample: { bytes: Buffer.from(sample), gzip: false, whole: false }, mapping: null };
  }
  const { file, mapping } = await fileOf(request, maxBytes);
  const packed = await head(file.file, SAMPLE_BYTES);
  const gzip = packed.bytes[0] === 0x1f && packed.bytes[1] === 0x8b;
  // The browser goes on sending; what is not needed is thrown away, or it would wait for ever.
  file.file.resume();
  if (!gzip) return { sample: { ...packed, gzip }, mapping };
  // The sample ends where it was cut, which for zlib is no error with this flush.
  const unpacked = createGunzip({ finishFlush: constants.Z_SYNC_FLUSH });
  unpacked.end(packed.bytes);
  const { bytes } = await head(unpacked, SAMPLE_BYTES).catch((cause) => {
    throw new Problem(400, 'unreadable_file', 'The gzip file is damaged.', { field: 'file', cause });
  });
  unpacked.destroy();
  return { sample: { bytes, whole: false, gzip }, mapping };
}

/** The beginning of a stream. A whole sample of exactly the limit is taken for the slice of a longer file. */
async function head(stream: Readable, limit: number): Promise<{ bytes: Buffer; whole: boolean }> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    parts.push(chunk);
    size += chunk.length;
    if (size >= limit) return { bytes: Buffer.concat(parts), whole: false };
  }
  return { bytes: Buffer.concat(parts), whole: true };
}
