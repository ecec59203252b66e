import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type App, Problem } from '../../engine/index.ts';
import { readMapping, readShare } from '../fields.ts';
import type { Offset, Uploads } from './index.ts';

const tags = ['imports'];
const params = z.object({ id: z.uuid() });
const path = '/api/imports/uploads';
const bytesType = 'application/offset+octet-stream';
const version = '1.0.0';

/** The tus protocol, https://tus.io/protocols/resumable-upload, so that any client of it works: core, creation, expiration, termination. */
export function uploadRoutes(app: App, uploads: Uploads): void {
  // The body is not read before it is known where it goes.
  app.addContentTypeParser(bytesType, (_request, payload, done) => done(null, payload));

  app.options(path, { config: { open: true }, schema: { hide: true } }, async (_request, reply) =>
    reply
      .status(204)
      .header('tus-resumable', version)
      .header('tus-version', version)
      .header('tus-extension', 'creation,expiration,termination')
      .header('tus-max-size', uploads.maxBytes)
      .send(),
  );

  app.post(
    path,
    {
      schema: {
        tags,
        summary: 'Begins an upload in pieces (tus 1.0); its id is that of the import it becomes',
        description:
          'Headers `Upload-Length` and `Upload-Metadata` with `filename`, `mapping` (JSON) and `max_bad_share`, each in base64. Answers with `Location`; then PATCH the bytes there.',
      },
    },
    async (request, reply) => {
      expectVersion(request, reply);
      const bytes = wholeNumber(request, 'upload-length');
      const said = metadata(request.headers['upload-metadata']);
      const { id, expires } = await uploads.create(request.workspace.id, {
        bytes,
        fileName: said.get('filename') || 'upload.csv',
        mapping: readMapping(said.get('mapping')),
        maxBadShare: readShare(said.get('max_bad_share')),
      });
      return reply
        .status(201)
        .header('location', `${path}/${id}`)
        .header('upload-expires', expires.toUTCString())
        .send();
    },
  );

  app.head(
    `${path}/:id`,
    { schema: { tags, summary: 'How much of an upload has come', params } },
    async (request, reply) => {
      expectVersion(request, reply);
      const { id } = request.params as { id: string };
      const offset = await uploads.offset(request.workspace.id, id);
      return tell(reply.status(200), offset).header('upload-length', offset.bytes).send();
    },
  );

  app.patch(
    `${path}/:id`,
    {
      bodyLimit: uploads.maxBytes,
      schema: {
        tags,
        summary: 'The bytes of an upload from `Upload-Offset` on; with the last of them the import begins',
        params,
        consumes: [bytesType],
      },
    },
    async (request, reply) => {
      expectVersion(request, reply);
      if (request.headers['content-type'] !== bytesType)
        throw new Problem(415, 'wrong_type', `Send the bytes as ${bytesType}.`, { field: 'content-type' });
      const { id } = request.params as { id: string };
      const offset = wholeNumber(request, 'upload-offset');
      try {
        return tell(
          reply.status(204),
          await uploads.write(request.workspace.id, id, offset, request.raw),
        ).send();
      } catch (error) {
        // Senders look for the answer only when they have sent everything.
        request.raw.resume();
        throw error;
      }
    },
  );

  app.delete(
    `${path}/:id`,
    { schema: { tags, summary: 'Throws an upload away', params } },
    async (request, reply) => {
      expectVersion(request, reply);
      await uploads.remove(request.workspace.id, (request.params as { id: string }).id);
      return reply.status(204).send();
    },
  );
}

function expectVersion(request: FastifyRequest, reply: FastifyReply): void {
  reply.header('tus-resumable', version);
  if (request.headers['tus-resumable'] === version) return;
  reply.header('tus-version', version);
  throw new Problem(412, 'wrong_version', `This speaks tus ${version}.`, {
    field: 'tus-resumable',
    hint: 'Use a client of the tus protocol (https://tus.io), or send the file whole to POST /api/imports.',
  });
}

function tell(reply: FastifyReply, { received, expires }: Offset): FastifyReply {
  reply.header('upload-offset', received).header('cache-control', 'no-store');
  return expires ? reply.header('upload-expires', expires.toUTCString()) : reply;
}

function wholeNumber({ headers }: FastifyRequest, name: string): number {
  const text = String(headers[name] ?? '');
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new Problem(400, 'bad_header', `The header ${name} must be a whole number.`, { field: name });
}

/** `filename Y3VzdG9tZXJzLmNzdg==,mapping e30=`: names with values in base64. */
function metadata(header: string | string[] | undefined): Map<string, string> {
  const pairs = String(header ?? '').split(',');
  return new Map(
    pairs.map((pair) => {
      const [name = '', value = ''] = pair.trim().split(/\s+/);
      return [name, Buffer.from(value, 'base64').toString()];
    }),
  );
}
