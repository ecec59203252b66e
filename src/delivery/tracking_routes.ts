import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '../engine/index.ts';
import { page, safe } from './page_html.ts';
import type { Tracking } from './tracking.ts';
import type { TrackedLinks } from './tracking_links.ts';
import { isMachine } from './tracking_machines.ts';

/** One transparent pixel. */
const pixel = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');

/** Open to everybody: what counts is the signature. Answers without asking the database. */
export function trackingRoutes(
  app: App,
  { links, tracking }: { links: TrackedLinks; tracking: Pick<Tracking, 'saw'> },
): void {
  const options = { config: { open: true }, schema: { hide: true } as object };

  app.get('/o/:file', options, async (request, reply) => {
    const { file } = request.params as { file: string };
    const email = links.readPixel(file);
    if (email) tracking.saw({ email, machine: isMachine(request.method, request.headers) });
    // A mail program that shows the email again asks again; one of another site may show it.
    return reply
      .header('cache-control', 'no-store')
      .header('cross-origin-resource-policy', 'cross-origin')
      .type('image/gif')
      .send(pixel);
  });

  app.get('/c/:token', options, async (request, reply) => {
    const { token } = request.params as { token: string };
    const { u: url } = request.query as { u?: unknown };
    const email = typeof url === 'string' ? links.readClick(token, url) : undefined;
    if (email === undefined || typeof url !== 'string') return refuse(request, reply);
    tracking.saw({ email, url, machine: isMachine(request.method, request.headers) });
    return reply.header('cache-control', 'no-store').redirect(new URL(url).href, 302);
  });
}

/** Where it leads is shown and not followed: anybody may have written it. */
function refuse({ query }: FastifyRequest, reply: FastifyReply) {
  const { u: url } = query as { u?: unknown };
  const where = typeof url === 'string' && url ? ` It says it leads to <code>${safe(url)}</code>.` : '';
  return reply
    .status(400)
    .header('cache-control', 'no-store')
    .type('text/html; charset=utf-8')
    .send(
      page(
        'This link does not work',
        `<p>It is not as it was in the email: copy the whole link.${where}</p>`,
      ),
    );
}
