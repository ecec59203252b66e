import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { App } from '../engine/index.ts';

/** Bodies as senders send them: gzip, JSON sent as text/plain by sendBeacon, forms by unsubscribe buttons. */
export function acceptBodies(app: App): void {
  app.addHook('preParsing', async (request, _reply, payload) => {
    if (request.headers['content-encoding']?.toLowerCase() !== 'gzip') return payload;
    // Fastify's body limit counts what comes out of this stream, so a small bomb stays small.
    delete request.headers['content-length'];
    // Not pipe(): when the sender goes away in the middle, the unpacking must end too.
    const unpacked = createGunzip();
    // Whoever reads it hears of an error; until somebody does, it must not end the process.
    unpacked.on('error', () => {});
    return pipeline(payload, unpacked, () => {});
  });
  app.addContentTypeParser('text/plain', { parseAs: 'string' }, app.getDefaultJsonParser('error', 'error'));
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (_request, body, done) => done(null, Object.fromEntries(new URLSearchParams(String(body)))),
  );
}
