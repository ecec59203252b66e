import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type App, type Engine, Problem } from '../engine/index.ts';

/** A build of the snippet, as it goes over the wire. */
interface Script {
  /** Names the build: the beginning of its SHA-256. */
  hash: string;
  /** For the attribute `integrity` of a script tag. */
  integrity: string;
  body: Buffer;
  gzip: Buffer;
  brotli: Buffer;
}

const built = new URL('../../dist/snippet/rapport.js', import.meta.url);
/** A new build reaches every page within this time; those that name a build by its hash keep it. */
const newer = 'public, max-age=3600, stale-while-revalidate=86400';
const forever = 'public, max-age=31536000, immutable';
/** Older builds are few; somebody who asks for made-up ones fills no memory. */
const maxKnown = 100;

const description = z.object({
  url: z.string().describe('Always the newest'),
  immutable_url: z.string().describe('This build for good; goes with integrity'),
  integrity: z.string(),
  bytes: z.number().int().describe('Compressed with gzip'),
  tag: z.string().describe('For the pages of a site; put a write key into it'),
});

/** The browser's snippet, `/rapport.js`, and by its hash for pages that check its integrity. */
export async function scriptRoutes(app: App, engine: Engine): Promise<void> {
  const db = engine.postgres.db.withTables<{ scripts: { hash: string; body: string } }>();
  const newest = existsSync(built) ? scriptOf(readFileSync(built, 'utf8')) : undefined;
  const known = new Map<string, Script | undefined>();
  if (newest) {
    known.set(newest.hash, newest);
    await db
      .insertInto('scripts')
      .values({ hash: newest.hash, body: newest.body.toString() })
      .onConflict((on) => on.doNothing())
      .execute();
  }

  const find = async (hash: string) => {
    if (known.has(hash)) return known.get(hash);
    const row = await db.selectFrom('scripts').select('body').where('hash', '=', hash).executeTakeFirst();
    const script = row && scriptOf(row.body);
    if (known.size >= maxKnown) known.clear();
    known.set(hash, script);
    return script;
  };

  const open = { config: { open: true }, schema: { hide: true } } as const;
  app.get('/rapport.js', open, (request, reply) => send(request, reply, existing(newest), newer));
  app.get(
    '/rapport-:hash(^[0-9a-f]{16}).js',
    { ...open, schema: { ...open.schema, params: z.object({ hash: z.string() }) } },
    async (request, reply) => {
      const script = await find(request.params.hash);
      if (script) return send(request, reply, script, forever);
      throw new Problem(404, 'not_found', 'This build of rapport.js was never served here.');
    },
  );

  app.get(
    '/api/collect/snippet',
    {
      schema: {
        tags: ['collect'],
        summary: 'The browser snippet: its addresses, its integrity, the tag for a page',
        response: { 200: description },
      },
    },
    () => {
      const { hash, integrity, gzip } = existing(newest);
      const immutable = `${engine.baseUrl}/rapport-${hash}.js`;
      return {
        url: `${engine.baseUrl}/rapport.js`,
        immutable_url: immutable,
        integrity,
        bytes: gzip.length,
        tag: `<script async src="${immutable}" integrity="${integrity}" crossorigin="anonymous" data-write-key="WRITE_KEY"></script>`,
      };
    },
  );
}

function existing(script: Script | undefined): Script {
  if (script) return script;
  throw new Problem(503, 'not_built', 'rapport.js is not built yet.', {
    hint: 'Build it with: npm run build',
  });
}

function scriptOf(text: string): Script {
  const body = Buffer.from(text);
  return {
    hash: createHash('sha256').update(body).digest('hex').slice(0, 16),
    integrity: `sha384-${createHash('sha384').update(body).digest('base64')}`,
    body,
    gzip: gzipSync(body, { level: 9 }),
    brotli: brotliCompressSync(body),
  };
}

function send(request: FastifyRequest, reply: FastifyReply, script: Script, caching: string) {
  const accepted = String(request.headers['accept-encoding'] ?? '');
  const encoding = /\bbr\b/.test(accepted) ? 'br' : /\bgzip\b/.test(accepted) ? 'gzip' : undefined;
  const etag = `"${script.hash}${encoding ? `-${encoding}` : ''}"`;
  reply
    .header('cache-control', caching)
    .header('etag', etag)
    .header('vary', 'accept-encoding')
    // Pages of other sites load it, and check its integrity, also those that isolate themselves (COEP).
    .header('access-control-allow-origin', '*')
    .header('cross-origin-resource-policy', 'cross-origin');
  if (request.headers['if-none-match']?.includes(etag)) return reply.status(304).send();
  reply.type('text/javascript; charset=utf-8');
  if (encoding) reply.header('content-encoding', encoding);
  return reply.send(encoding === 'br' ? script.brotli : encoding === 'gzip' ? script.gzip : script.body);
}
