import type { FastifyRequest } from 'fastify';
import { type Access, allows, headersOf, type Role } from '../access/index.ts';
import { type App, Problem } from '../engine/index.ts';

/**
 * Every route runs bound to one workspace, by somebody whose role allows it, unless it says
 * `config: { open: true }`. What decides is the route that was matched, never the text of the address, which can
 * be written in many ways.
 */
export function requireAccess(app: App, access: Access): void {
  // Set before any handler of a route that is not open runs; see the types in access/schema.ts.
  app.decorateRequest('workspace', null as never);
  app.decorateRequest('actor', null as never);
  app.addHook('onRequest', async (request) => {
    const { config } = request.routeOptions;
    // No route matched: answered with 404, or with the page.
    if (config.open || request.is404) return;
    refuseForeignPages(request);
    const { actor, workspace } = await access.authenticate(headersOf(request.headers));
    const needed: Role =
      config.role ?? (request.method === 'GET' || request.method === 'HEAD' ? 'viewer' : 'editor');
    if (!allows(actor.role, needed)) {
      throw new Problem(403, 'forbidden', `This needs the role ${needed}; yours is ${actor.role}.`);
    }
    request.workspace = workspace;
    request.actor = actor;
  });
}

/** A page of another site may not act with our cookies. Browsers tell where a request comes from. */
function refuseForeignPages(request: FastifyRequest): void {
  const from = request.headers['sec-fetch-site'];
  if (request.method !== 'GET' && (from === 'cross-site' || from === 'same-site')) {
    throw new Problem(403, 'cross_site', 'Requests from other sites are refused.');
  }
}
