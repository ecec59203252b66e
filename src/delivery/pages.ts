import type { FastifyInstance } from 'fastify';
import { type App, Problem } from '../engine/index.ts';
import { page, safe } from './page_html.ts';
import type { Unsubscribing } from './unsubscribe.ts';

/** The unsubscribe page: no sign-in, no script, one button; and the same address for mail programs (RFC 8058). */
export async function unsubscribePages(app: App, unsubscribing: Unsubscribing): Promise<void> {
  await app.register(async (scope: FastifyInstance) => {
    // Mail programs post a form of either kind, and some nothing; what is in it does not matter.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: 16_384 }, (_request, _body, done) =>
      done(null),
    );

    scope.setErrorHandler(async (error, request, reply) => {
      reply.type('text/html; charset=utf-8').header('cache-control', 'no-store');
      if (error instanceof Problem) {
        return reply
          .status(error.status)
          .send(page('This link does not work', `<p>${safe(error.message)} ${safe(error.hint ?? '')}</p>`));
      }
      const status = (error as { statusCode?: number }).statusCode ?? 500;
      if (status >= 500) request.log.error({ err: error }, 'an unsubscribe link failed');
      return reply
        .status(status)
        .send(page('That did not work', '<p>Please try again in a few minutes.</p>'));
    });

    // Generous: a mail provider presses for all its users from few addresses, and a signed link cannot be guessed.
    const config = { open: true, rateLimit: { max: 600, timeWindow: '1 minute' } };
    scope.get<{ Params: { token: string } }>(
      '/u/:token',
      { config, schema: { hide: true } as object },
      async ({ params }, reply) => {
        const { address, done } = await unsubscribing.read(params.token);
        reply.type('text/html; charset=utf-8').header('cache-control', 'no-store');
        return page('Unsubscribe', done ? gone(address) : form(address));
      },
    );
    scope.post<{ Params: { token: string } }>(
      '/u/:token',
      { config, schema: { hide: true } as object },
      async ({ params }, reply) => {
        const { address } = await unsubscribing.unsubscribe(params.token);
        reply.type('text/html; charset=utf-8').header('cache-control', 'no-store');
        return page('Unsubscribed', gone(address));
      },
    );
  });
}

const named = (address: string) => (address ? `<strong>${safe(address)}</strong>` : 'This address');

const gone = (address: string) =>
  address
    ? `<p role="status">${named(address)} is off the list. We will not write to it again.</p>`
    : '<p role="status">There is nothing to unsubscribe from: this link came from a preview, a test email, or an email we no longer know of.</p>';

const form = (address: string) =>
  address
    ? `<p>Stop all emails to ${named(address)}?</p>
<form method="post"><input type="hidden" name="List-Unsubscribe" value="One-Click"><button type="submit">Unsubscribe</button></form>`
    : gone('');
