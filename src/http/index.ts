import cors, { type FastifyCorsOptions } from '@fastify/cors';
import helmet from '@fastify/helmet';
import multipart from '@fastify/multipart';
import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import fastify from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { App, Engine } from '../engine/index.ts';
import type { Rooms } from '../rooms.ts';
import { requireAccess } from './auth.ts';
import { acceptBodies } from './bodies.ts';
import { answerError } from './errors.ts';
import { openapiOptions } from './openapi.ts';
import { overviewRoute } from './overview.ts';
import { servePage } from './page.ts';
import { trustedProxies } from './proxy.ts';
import { systemRoutes } from './system.ts';

/** The largest file taken by upload. */
const maxFileBytes = 2 * 1024 ** 3;

/** The HTTP application with every room's routes. Not listening yet. */
export async function createApp(engine: Engine, rooms: Rooms, version: string): Promise<App> {
  const app = fastify({
    loggerInstance: engine.log.child({}, { level: engine.log.level === 'debug' ? 'debug' : 'warn' }),
    bodyLimit: 1024 * 1024,
    trustProxy: trustedProxies(process.env.RAPPORT_TRUST_PROXY),
    // A stop answers what is under way, then closes idle connections.
    forceCloseConnections: 'idle',
    // Ids of people may have 256 characters, each up to nine when encoded.
    routerOptions: { maxParamLength: 3_000 },
  }).withTypeProvider<ZodTypeProvider>() as unknown as App;
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(answerError);

  await app.register(swagger, openapiOptions(version));
  await app.register(helmet, {
    contentSecurityPolicy: {
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'"],
        // Mantine sets styles on elements; scripts stay strict.
        styleSrc: ["'self'", "'unsafe-inline'"],
        // Previews of emails show the pictures their templates name.
        imgSrc: ["'self'", 'data:', 'https:', 'http:'],
        frameAncestors: ["'none'"],
        upgradeInsecureRequests: null,
      },
    },
  });
  // Browsers of any shop may send messages; there are no cookies in it, the write key decides.
  await app.register(cors, (_instance: unknown) => (request: { url: string }, done: Done) => {
    done(
      null,
      request.url.startsWith('/v1/')
        ? { origin: true, maxAge: 86_400, exposedHeaders: ['retry-after'] }
        : { origin: false },
    );
  });
  await app.register(multipart, { limits: { fileSize: maxFileBytes, files: 1, fields: 10 } });
  // Only where a route asks for it: what is open to guessing.
  await app.register(rateLimit, { global: false });
  acceptBodies(app);
  requireAccess(app, rooms.access);
  systemRoutes(app, engine, rooms);
  overviewRoute(app, engine, rooms);
  for (const room of rooms.all) await room.routes?.(app);
  app.get('/api/openapi.json', { config: { open: true }, schema: { hide: true } }, () => app.swagger());
  await servePage(app);
  return app;
}

type Done = (error: Error | null, options: FastifyCorsOptions) => void;
