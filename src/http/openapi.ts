import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';

/** The form of every error. */
const problem = {
  description: 'What was wrong, the field, and what to do',
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['code', 'message'],
      properties: {
        code: { type: 'string', description: 'Stable, for programs' },
        message: { type: 'string' },
        field: { type: 'string', description: 'Path of the bad value' },
        hint: { type: 'string' },
      },
    },
  },
};

/** Who may ask, as the route's configuration says it. */
function securityOf(config: { open?: boolean; writeKey?: boolean } | undefined) {
  if (config?.writeKey) return [{ writeKey: [] }];
  return config?.open ? [] : undefined;
}

/** How the routes become the OpenAPI document: bodies and answers from their zod schemas, the rest from here. */
export function openapiOptions(version: string): FastifyDynamicSwaggerOptions {
  return {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Rapport', version, description: 'Collect, segment, write to customers, and measure.' },
      components: {
        securitySchemes: {
          apiKey: { type: 'http', scheme: 'bearer' },
          writeKey: {
            type: 'http',
            scheme: 'basic',
            description: 'The write key is the user name; it may also stand in the body as writeKey.',
          },
          session: { type: 'apiKey', in: 'cookie', name: 'rapport.session_token' },
        },
      },
      security: [{ apiKey: [] }, { session: [] }],
    },
    transform: (route) => {
      const { schema, url } = jsonSchemaTransform(route as Parameters<typeof jsonSchemaTransform>[0]);
      const config = route.route.config;
      const security = securityOf(config);
      const answers = schema.response as Record<string, unknown> | undefined;
      return {
        url,
        schema: {
          ...schema,
          ...(config?.documentedBody ? { body: config.documentedBody } : {}),
          ...(security ? { security } : {}),
          ...(answers ? { response: { ...answers, '4XX': problem } } : {}),
        },
      };
    },
    transformObject: jsonSchemaTransformObject,
  };
}
