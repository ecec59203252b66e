import type { FastifyInstance, FastifyReply } from 'fastify';
import { type App, Problem } from '../engine/index.ts';
import type { Confirmations } from './confirmations.ts';
import { page, safe } from './page_html.ts';
import { confirmPage, preferencesPage } from './preference_page.ts';
import type { Unsubscribing } from './unsubscribe.ts';

/** Generous: a mail provider presses for all its users from few addresses, and a signed link cannot be guessed. */
const config = { open: true, rateLimit: { max: 600, timeWindow: '1 minute' } };
const options = { config, schema: { hide: true } as object };
type Token = { Params: { token: string } };

/**
 * Pages that links in emails lead to: no sign-in, no script. `POST /u/:token` is also what mail programs press (RFC 8058). Nothing
 * changes by looking, since scanners look at every link.
 */
export async function consentPages(
  app: App,
  { unsubscribing, confirmations }: { unsubscribing: Unsubscribing; confirmations: Confirmations },
): Promise<void> {
  await app.register(async (scope: FastifyInstance) => {
    acceptForms(scope);
    scope.setErrorHandler(async (error, request, reply) => {
      if (error instanceof Problem) {
        const words = `<p>${safe(error.message)} ${safe(error.hint ?? '')}</p>`;
        return show(reply.status(error.status), page('This link does not work', words));
      }
      const status = (error as { statusCode?: number }).statusCode ?? 500;
      if (status >= 500) request.log.error({ err: error }, 'a link of an email failed');
      return show(
        reply.status(status),
        page('That did not work', '<p>Please try again in a few minutes.</p>'),
      );
    });

    scope.get<Token>('/u/:token', options, async ({ params: { token } }, reply) =>
      show(reply, preferencesPage(token, await unsubscribing.read(token))),
    );
    scope.post<Token>('/u/:token', options, async ({ params: { token } }, reply) =>
      show(reply, preferencesPage(token, await unsubscribing.unsubscribe(token), 'unsubscribed')),
    );
    scope.post<Token>('/u/:token/stop', options, async ({ params: { token } }, reply) =>
      show(reply, preferencesPage(token, await unsubscribing.stop(token), 'unsubscribed')),
    );
    scope.post<Token>('/u/:token/resume', options, async ({ params: { token } }, reply) =>
      show(reply, preferencesPage(token, await unsubscribing.resume(token), 'resumed')),
    );
    scope.post<Token>('/u/:token/programs', options, async ({ params: { token }, body }, reply) => {
      const form = body instanceof URLSearchParams ? body : new URLSearchParams();
      const now = await unsubscribing.choose(token, form.getAll('shown'), form.getAll('program'));
      return show(reply, preferencesPage(token, now, 'saved'));
    });

    scope.get<Token>('/confirm/:token', options, async ({ params: { token } }, reply) =>
      show(reply, confirmPage(await confirmations.read(token))),
    );
    scope.post<Token>('/confirm/:token', options, async ({ params: { token } }, reply) =>
      show(reply, confirmPage(await confirmations.confirm(token))),
    );
  });
}

/** Forms of browsers are read; whatever else mail programs post, or nothing, does not matter. */
function acceptForms(scope: FastifyInstance): void {
  const bodyLimit = 16_384;
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit },
    (_request, body, done) => done(null, new URLSearchParams(String(body))),
  );
  scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit }, (_request, _body, done) => done(null));
}

const show = (reply: FastifyReply, html: string) =>
  reply.type('text/html; charset=utf-8').header('cache-control', 'no-store').send(html);
