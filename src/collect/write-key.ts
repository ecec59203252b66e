import type { FastifyRequest } from 'fastify';
import type { Access, KnownKey } from '../access/index.ts';
import { Problem } from '../engine/index.ts';

/**
 * The write key a collecting request was sent with, and so its workspace: given as the user name of HTTP Basic or as
 * `writeKey` in the body, as Segment's libraries do.
 */
export async function writeKeyOf(access: Access, request: FastifyRequest, body: unknown): Promise<KnownKey> {
  const text = fromBasic(request.headers.authorization) ?? fromBody(body);
  if (!text) {
    throw new Problem(401, 'no_write_key', 'A write key is required.', {
      field: 'writeKey',
      hint: 'Send it as the user name of HTTP Basic authentication, or as writeKey in the body.',
    });
  }
  const key = await access.keys.find(text);
  if (key?.kind !== 'write') {
    throw new Problem(401, 'unknown_write_key', 'The write key is not known, or was revoked.', {
      field: 'writeKey',
      hint: 'Write keys are listed in the page under Settings, and by: rapport keys',
    });
  }
  return key;
}

function fromBasic(header: string | undefined): string | undefined {
  const encoded = /^Basic ([A-Za-z0-9+/=_-]+)$/i.exec(header ?? '')?.[1];
  if (!encoded) return undefined;
  return Buffer.from(encoded, 'base64').toString('utf8').split(':')[0] || undefined;
}

function fromBody(body: unknown): string | undefined {
  const key = (body as { writeKey?: unknown } | undefined)?.writeKey;
  return typeof key === 'string' ? key : undefined;
}
