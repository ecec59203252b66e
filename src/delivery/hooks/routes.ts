import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type App, notFound, Problem } from '../../engine/index.ts';
import type { StoredAccount } from '../accounts.ts';
import type { AccountKind } from '../kinds.ts';
import type { Hooks } from './index.ts';

/** Amazon's messages have 256 KB, more as JSON in JSON; Mailchimp's up to a thousand events, each with the email's headers. */
const bodyLimits = { ses: 1024 * 1024, mailchimp: 16 * 1024 * 1024 };

type Addressed = { Params: { token: string } };

/**
 * Where providers tell what became of emails. Answered with 200 only when it is durable: until then they tell it again. Whose
 * address it is is looked at before a body is read.
 */
export async function hookRoutes(app: App, hooks: Hooks): Promise<void> {
  await app.register(async (scope: FastifyInstance) => {
    // Amazon says that its JSON is text, and the form of Mailchimp is signed as it came.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
    const addressed = new WeakMap<FastifyRequest, StoredAccount>();

    const of = (kind: AccountKind, bodyLimit: number) => ({
      bodyLimit,
      config: { open: true },
      schema: { hide: true } as object,
      async onRequest(request: FastifyRequest) {
        const { token } = request.params as Addressed['Params'];
        const account = await hooks.accountOf(token);
        if (account?.kind !== kind) throw notFound('address', token);
        addressed.set(request, account);
      },
    });

    /** What a person could mend is kept where the account is shown. */
    const handle =
      (receive: (account: StoredAccount, body: string, signature: string) => Promise<void>) =>
      async (request: FastifyRequest) => {
        const account = addressed.get(request)!;
        const signature = String(request.headers['x-mandrill-signature'] ?? '');
        try {
          await receive(account, String(request.body ?? ''), signature);
          await hooks.standing.heard(account.id);
          return { success: true };
        } catch (error) {
          if (error instanceof Problem && error.code !== 'not_yet') {
            await hooks.standing.refused(account.id, [error.message, error.hint].filter(Boolean).join(' '));
          }
          throw error;
        }
      };

    scope.post<Addressed>('/hooks/ses/:token', of('ses', bodyLimits.ses), handle(hooks.fromSes));

    const mailchimp = of('mailchimp_transactional', bodyLimits.mailchimp);
    scope.post<Addressed>('/hooks/mailchimp-transactional/:token', mailchimp, handle(hooks.fromMailchimp));
    // Asked once, when the address is entered there.
    scope.head<Addressed>('/hooks/mailchimp-transactional/:token', mailchimp, async () => '');
  });
}
