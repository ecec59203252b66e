import { type Readable, Transform } from 'node:stream';
import type { FastifyRequest, preParsingAsyncHookHandler } from 'fastify';
import { type Access, headersOf } from '../access/index.ts';
import { Problem } from '../engine/index.ts';
import { maxBatchBytes } from '../log/index.ts';

/** A program document may list 100,000 people. */
export const maxDocumentBytes = 16 * 1024 * 1024;

export const hasApiKey = ({ headers }: FastifyRequest): boolean =>
  /^Bearer /i.test(headers.authorization ?? '');

/**
 * Lets a body be as large as documents are when it comes with an API key that may send them, which is looked at before the
 * body is read; `request.workspace` is then the key's. Others may send as much as a batch of messages.
 */
export const bodyByKey =
  (access: Access): preParsingAsyncHookHandler =>
  async (request, _reply, payload) => {
    if (!hasApiKey(request)) {
      if (Number(request.headers['content-length']) > maxBatchBytes) throw tooLarge();
      return atMost(maxBatchBytes, payload as Readable);
    }
    const { actor, workspace } = await access.authenticate(headersOf(request.headers));
    if (actor.role === 'viewer') throw new Problem(403, 'forbidden', 'This key may only read.');
    Object.assign(request, { actor, workspace });
    // It went wrong while the key was looked at, and nobody who reads it now would hear of that.
    const { errored } = payload as Readable;
    if (errored) throw new Problem(400, 'bad_body', `The body cannot be read: ${errored.message}.`);
    return payload;
  };

function atMost(bytes: number, payload: Readable): Readable {
  let received = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      received += chunk.length;
      done(received > bytes ? tooLarge() : null, chunk);
    },
  });
  // Nobody may read it: what has no content type we know is answered before.
  counted.on('error', () => {});
  // Not pipeline(), which would cut the connection before the answer. When the sender goes away, the reading ends too.
  payload.on('error', (error) => counted.destroy(error));
  payload.on(
    'close',
    () => payload.readableEnded || counted.destroy(new Problem(400, 'cut_off', 'The body was cut off.')),
  );
  return payload.pipe(counted);
}

const tooLarge = () =>
  new Problem(413, 'too_large', 'The body is larger than this address takes.', {
    hint: 'With a write key a body may have 500 KB; with an API key, for documents, 16 MB.',
  });
