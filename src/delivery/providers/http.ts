import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Agents } from './outside.ts';

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

const mostBytes = 1024 * 1024;

/** Posts once, follows nothing. Rejects when no whole answer came. */
export function postJson(
  url: string,
  body: unknown,
  { agents, signal, timeoutMs }: { agents: Agents; signal: AbortSignal; timeoutMs: number },
): Promise<Answer> {
  const tls = url.startsWith('https:');
  const bytes = Buffer.from(JSON.stringify(body));
  return new Promise((resolve, reject) => {
    const request = (tls ? httpsRequest : httpRequest)(url, {
      method: 'POST',
      agent: tls ? agents.httpsAgent : agents.httpAgent,
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      headers: {
        'user-agent': 'Rapport',
        'content-type': 'application/json',
        'content-length': String(bytes.length),
      },
    });
    request.on('error', reject);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('error', reject);
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > mostBytes) request.destroy(new Error(`More than ${mostBytes} bytes were answered.`));
        else chunks.push(chunk);
      });
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString(),
        }),
      );
    });
    request.end(bytes);
  });
}
