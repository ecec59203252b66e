import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import { type App, Problem } from '../engine/index.ts';

const folder = fileURLToPath(new URL('../../web/dist/', import.meta.url));

/** The page, built into web/dist. Any address that is not the API's is the page's to show. */
export async function servePage(app: App): Promise<void> {
  const built = existsSync(folder);
  if (built) {
    // The one route of the page itself; what it shows, it asks the API for.
    app.addHook('onRoute', (route) => {
      if (route.url === '/*') route.config = { ...route.config, open: true };
    });
    await app.register(fastifyStatic, {
      root: folder,
      // Built files carry their hash in the name; index.html must be asked for again.
      setHeaders: (reply, path) => {
        const forever = path.includes('/assets/');
        reply.header('cache-control', forever ? 'public, max-age=31536000, immutable' : 'no-cache');
      },
    });
  }
  app.setNotFoundHandler((request, reply) => {
    const wantsPage = request.method === 'GET' && (request.headers.accept ?? '').includes('text/html');
    if (built && wantsPage && !/^\/(api|v1)\//.test(request.url)) return reply.sendFile('index.html');
    if (!built && wantsPage) {
      return reply
        .status(503)
        .type('text/plain')
        .send('The page is not built yet. Build it with: npm run build\n');
    }
    throw new Problem(
      404,
      'not_found',
      `There is nothing at ${request.method} ${request.url.split('?')[0]}.`,
    );
  });
}
