import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { betterAuth } from 'better-auth';
import { magicLink } from 'better-auth/plugins';
import type { Engine } from '../engine/index.ts';

export interface SignedIn {
  id: string;
  email: string;
  name: string;
}

/** People who sign in with a one-time link. better-auth keeps sessions; there are no passwords. */
export interface People {
  /** A link that signs this person in once, within a day. The account must exist. */
  signInLink(email: string): Promise<string>;
  /** Who the cookies of a request belong to. */
  signedIn(headers: Headers): Promise<SignedIn | undefined>;
  /** Answers everything below /auth. */
  handle(request: Request): Promise<Response>;
  /** The person's account, made if there is none yet. */
  ensure(email: string, name: string): Promise<{ id: string }>;
}

const linkLifetimeSeconds = 24 * 60 * 60;

/** better-auth hands a link to a callback; the caller that asked for it picks it up here. */
type LinkBox = AsyncLocalStorage<{ url: string }>;

const authOf = (engine: Engine, made: LinkBox) =>
  betterAuth({
    baseURL: engine.baseUrl,
    basePath: '/auth',
    secret: engine.secrets.key('better-auth').toString('hex'),
    database: engine.postgres.pool,
    telemetry: { enabled: false },
    logger: { level: 'error', log: (_level, message) => engine.log.warn(message) },
    advanced: { cookiePrefix: 'rapport', useSecureCookies: engine.baseUrl.startsWith('https:') },
    // Links come from the command line or an administrator only, never by asking from outside.
    disabledPaths: ['/sign-in/magic-link', '/sign-up/email', '/sign-in/email', '/sign-in/social'],
    plugins: [
      magicLink({
        expiresIn: linkLifetimeSeconds,
        disableSignUp: true,
        storeToken: 'hashed',
        sendMagicLink: ({ url }) => {
          const box = made.getStore();
          if (box) box.url = url;
        },
      }),
    ],
  });

export function createPeople(engine: Engine): People {
  const made: LinkBox = new AsyncLocalStorage();
  // It looks for its tables when it is made, so not before the migrations have run.
  let opened: ReturnType<typeof authOf> | undefined;
  const auth = () => {
    opened ??= authOf(engine, made);
    return opened;
  };

  return {
    async signInLink(email) {
      const box = { url: '' };
      await made.run(box, () =>
        auth().api.signInMagicLink({
          body: { email, callbackURL: '/', errorCallbackURL: '/sign-in' },
          headers: new Headers(),
        }),
      );
      if (!box.url) throw new Error('no sign-in link was made');
      return box.url;
    },

    async signedIn(headers) {
      const session = await auth().api.getSession({ headers });
      return session
        ? { id: session.user.id, email: session.user.email, name: session.user.name }
        : undefined;
    },

    handle: (request) => auth().handler(request),

    async ensure(email, name) {
      const { rows } = await engine.postgres.pool.query<{ id: string }>(
        `INSERT INTO "user" ("id", "name", "email", "emailVerified") VALUES ($1, $2, $3, false)
         ON CONFLICT ("email") DO UPDATE SET "email" = excluded."email" RETURNING "id"`,
        [randomUUID(), name, email.toLowerCase()],
      );
      return rows[0] as { id: string };
    },
  };
}
