import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { outsideOnly } from './addresses.ts';

/** A message that did not arrive, in words for a person. */
export class Undelivered extends Error {}

const outside = outsideOnly(({ message, hint }) => new Undelivered(`${message} ${hint}`));

export interface PostOptions {
  /** Addresses of the inside may be called. */
  allowInternal: boolean;
  timeoutMs: number;
  headers?: Record<string, string>;
}

const mostSaid = 2_000;

/**
 * Posts once, follows nothing.
 * @returns what was answered, with its status
 * @throws Undelivered unless it was answered with 2xx
 */
export async function post(url: string, body: string, options: PostOptions): Promise<string> {
  const { host, hostname, protocol } = new URL(url);
  if (!options.allowInternal) outside.checkHost(hostname);
  const { status, said } = await exchange(url, body, options, host, protocol === 'https:');
  const answer = `${status}${said === '' ? '' : `: ${said}`}`;
  if (status < 200 || status > 299) throw new Undelivered(`${host} answered ${answer}`);
  return answer;
}

function exchange(
  url: string,
  body: string,
  { allowInternal, timeoutMs, headers }: PostOptions,
  host: string,
  tls: boolean,
): Promise<{ status: number; said: string }> {
  return new Promise((resolve, reject) => {
    const request = (tls ? httpsRequest : httpRequest)(url, {
      method: 'POST',
      signal: AbortSignal.timeout(timeoutMs),
      // Few and far between: a connection kept would be closed by the time of the next.
      agent: false,
      headers: {
        'user-agent': 'Rapport',
        'content-type': 'application/json',
        'content-length': String(Buffer.byteLength(body)),
        ...headers,
      },
      ...(allowInternal ? {} : { lookup: outside.lookup }),
    });
    const fail = (error: NodeJS.ErrnoException) => {
      if (error instanceof Undelivered) return reject(error);
      const why =
        error.name === 'TimeoutError' || error.code === 'ABORT_ERR'
          ? `did not answer within ${timeoutMs / 1_000} s`
          : `could not be reached (${error.code ?? error.message})`;
      reject(new Undelivered(`${host} ${why}.`, { cause: error }));
    };
    request.on('error', fail);
    request.on('response', (response) => {
      let said = '';
      const done = () => {
        resolve({ status: response.statusCode ?? 0, said: said.slice(0, 200).trim() });
        request.destroy();
      };
      response.setEncoding('utf8');
      response.on('error', fail);
      response.on('data', (text: string) => {
        said += text;
        if (said.length > mostSaid) done();
      });
      response.on('end', done);
    });
    request.end(body);
  });
}
