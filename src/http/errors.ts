import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { Problem } from '../engine/index.ts';

/** Turns whatever was thrown into the one form of error that people and programs meet. */
export function answerError(error: FastifyError, request: FastifyRequest, reply: FastifyReply) {
  const problem = asProblem(error);
  if (problem) {
    if (problem.retryAfter !== undefined) reply.header('retry-after', String(problem.retryAfter));
    if (problem.status === 401) reply.header('www-authenticate', 'Bearer, Basic realm="write key"');
    return reply.status(problem.status).send(problem.toJSON());
  }
  request.log.error({ err: error, url: request.url.split('?')[0] }, 'request failed');
  return reply.status(500).send({
    error: {
      code: 'internal',
      message: 'Something went wrong on our side; it is in the log.',
      hint: `Look for request ${request.id} in the server's log.`,
    },
  });
}

function asProblem(error: FastifyError): Problem | undefined {
  if (error instanceof Problem) return error;
  if (hasZodFastifySchemaValidationErrors(error)) {
    const [first] = error.validation;
    const path = (first?.instancePath ?? '').split('/').filter(Boolean).join('.');
    const where = error.validationContext === 'body' ? '' : `${error.validationContext}.`;
    const field = path ? `${where}${path}` : (error.validationContext ?? 'body');
    return new Problem(400, 'bad_input', `${field}: ${first?.message ?? 'is not valid'}`, { field });
  }
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
    case 'FST_REQ_FILE_TOO_LARGE':
      return new Problem(413, 'too_large', 'The body is larger than this address takes.', {
        hint: 'A single message may have 32 KB, a batch 500 KB; send smaller batches.',
      });
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new Problem(415, 'bad_media_type', 'This address does not take that content type.', {
        field: 'content-type',
      });
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return new Problem(400, 'empty_body', 'The body is empty; JSON was expected.', { field: 'body' });
    default:
  }
  if (error.statusCode === 429) {
    return new Problem(429, 'too_many_requests', 'Too many requests; wait a little.', { retryAfter: 10 });
  }
  if (error instanceof SyntaxError || (error.statusCode === 400 && /JSON|body/i.test(error.message))) {
    return new Problem(400, 'bad_json', 'The body is not valid JSON.', { field: 'body' });
  }
  if (error.statusCode && error.statusCode >= 400 && error.statusCode < 500) {
    return new Problem(error.statusCode, 'bad_request', error.message);
  }
  return undefined;
}
