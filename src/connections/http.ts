import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { setTimeout as pause } from 'node:timers/promises';
import { createGunzip } from 'node:zlib';
import { checkHost, outsideLookup } from './addresses.ts';
import { Trouble } from './errors.ts';

export interface Call {
  method?: 'GET' | 'HEAD' | 'POST' | 'DELETE';
  headers?: Record<string, string>;
  body?: string;
  /** Answers beyond this are not taken; bytes. */
  maxBytes?: number;
  /** Statuses that are answers to the caller, not trouble; 2xx always are. */
  expect?: readonly number[];
}

export interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  body: Buffer;
  /** An instant of the other's clock before it answered; ours when it does not say. */
  at: Date;
}

/** Calls to one service, for one run. */
export interface Http {
  /**
   * Sends until it is answered, with waits between: again for 408, 429, 5xx, timeouts, cut connections.
   * @throws Trouble in words for a person
   */
  call(url: string, call?: Call): Promise<Answer>;
  /** The same, and the body read as JSON; what is none counts as cut off, and is asked for again. */
  json<T>(url: string, call?: Call): Promise<{ value: T } & Answer>;
}

/** Calls and bytes (as they went over the wire, headers left out), both ways. */
export interface Meter {
  calls: number;
  bytes: number;
}

export interface HttpOptions {
  signal: AbortSignal;
  meter: Meter;
  now: () => Date;
  /** Addresses of the inside may be called. */
  allowInternal: boolean;
  /** Never told to anybody, though the other repeats them in what it answers. */
  secrets?: readonly string[];
  /** Throws when nothing may be sent any more. */
  mayI?: () => void;
  /** Tests wait less. */
  waitMs?: (attempt: number) => number;
  timeoutMs?: number;
}

const mostAttempts = 5;
const defaultTimeoutMs = 60_000;
const defaultMaxBytes = 64 * 1024 * 1024;
/** Whoever asks for a longer wait is asked again by the next run. */
const longestWaitMs = 120_000;
const mostRedirects = 3;

/** Full jitter: anything from nothing to 1 s, 2 s, 4 s … (AWS Architecture Blog, Exponential Backoff And Jitter, 2015). */
const jitter = (attempt: number) => Math.random() * Math.min(60_000, 1_000 * 2 ** (attempt - 1));

const plain = new HttpAgent({ keepAlive: true, maxFreeSockets: 64 });
const secure = new HttpsAgent({ keepAlive: true, maxFreeSockets: 64 });

export function createHttp(options: HttpOptions): Http {
  const { signal, now, waitMs = jitter } = options;

  async function again<T>(once: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      signal.throwIfAborted();
      options.mayI?.();
      try {
        return await once();
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof Trouble) || !error.passing || attempt === mostAttempts) throw error;
        const wait = Math.max(error.retryAfterMs ?? 0, waitMs(attempt));
        if (wait > longestWaitMs) throw error;
        await pause(wait, undefined, { signal });
      }
    }
  }

  async function once(url: string, call: Call): Promise<Answer> {
    const started = now();
    const answer = await send(url, call, options);
    const { status, headers } = answer;
    // The clock has no more than seconds, and may have been read after the data.
    const date = Date.parse(headers.date ?? '');
    const took = now().getTime() - started.getTime();
    const at = new Date(Number.isNaN(date) ? started.getTime() : date - took - 1_000);
    if (status >= 200 && status < 300) return { ...answer, at };
    answer.body = hushed(answer.body, options.secrets);
    if (call.expect?.includes(status)) return { ...answer, at };
    throw troubleOf(answer, new URL(url).host, now());
  }

  return {
    call: (url, call = {}) => again(() => once(url, call)),
    json: <T>(url: string, call: Call = {}) =>
      again(async () => {
        const answer = await once(url, call);
        try {
          return { ...answer, value: JSON.parse(answer.body.toString()) as T };
        } catch (cause) {
          throw new Trouble('unreadable', `${new URL(url).host} answered with something that is not JSON.`, {
            cause,
          });
        }
      }),
  };
}

/** Without the secrets; shorter ones are no secrets, and would take out half the text. */
function hushed(body: Buffer, secrets: readonly string[] = []): Buffer {
  const told = secrets.filter((secret) => secret.length >= 4 && body.includes(secret));
  return told.length === 0
    ? body
    : Buffer.from(told.reduce((text, secret) => text.replaceAll(secret, '…'), body.toString()));
}

/** What a status means to a person. */
function troubleOf({ status, headers, body }: Omit<Answer, 'at'>, host: string, now: Date): Trouble {
  const said = detailOf(body);
  const wait = retryAfter(headers['retry-after'], now);
  const more = wait === undefined ? {} : { retryAfterMs: wait };
  if (status === 401) {
    return new Trouble('credentials_refused', `${host} refuses the key${said}.`, {
      hint: 'It may have been revoked. Make a new one there and put it in here; the connection then goes on by itself.',
    });
  }
  if (status === 403) {
    return new Trouble('credentials_refused', `${host} does not let this key see that${said}.`, {
      hint: 'Give the key the right to read it, or put in one that has it.',
    });
  }
  if (status === 404 || status === 410) {
    return new Trouble('gone', `${host} does not have it (any more)${said}.`, {
      hint: 'It may have been deleted or renamed. Choose another one.',
    });
  }
  if (status === 429) return new Trouble('throttled', `${host} asks us to slow down${said}.`, more);
  if (status === 408 || status >= 500)
    return new Trouble('failing', `${host} answered ${status}${said}.`, more);
  return new Trouble('misconfigured', `${host} answered ${status}${said}.`, {
    hint: 'Check the settings of the connection.',
  });
}

/** What the other says itself, if it does (RFC 9457 and the like). */
function detailOf(body: Buffer): string {
  try {
    const { detail, message, title } = JSON.parse(body.toString()) as Record<string, unknown>;
    const said = [detail, message, title].find((text) => typeof text === 'string' && text !== '') as
      | string
      | undefined;
    // Its own full stop goes: ours follows.
    return said ? `: “${said.slice(0, 200).replace(/[.\s]+$/, '')}”` : '';
  } catch {
    return '';
  }
}

function retryAfter(header: string | undefined, now: Date): number | undefined {
  if (header === undefined) return undefined;
  const seconds = Number(header);
  const ms = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(header) - now.getTime();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

async function send(
  url: string,
  call: Call,
  options: HttpOptions,
  redirects = 0,
): Promise<Omit<Answer, 'at'>> {
  const { hostname, protocol, host } = new URL(url);
  if (protocol !== 'https:' && protocol !== 'http:') {
    throw new Trouble('misconfigured', `${protocol} is not a protocol that can be called.`);
  }
  if (!options.allowInternal) checkHost(hostname);
  const answer = await exchange(url, call, options, host);
  const { location } = answer.headers;
  if (answer.status >= 300 && answer.status < 400 && location && (call.method ?? 'GET') !== 'POST') {
    if (redirects === mostRedirects) throw new Trouble('misconfigured', `${host} leads on and on.`);
    const target = new URL(location, url);
    // A secret is for whom it was given, whatever the header is called, and not for everybody on the way.
    const same = target.host === host && (target.protocol === protocol || target.protocol === 'https:');
    const next = same ? call : { ...call, headers: {} };
    return send(target.href, next, options, redirects + 1);
  }
  return answer;
}

function exchange(url: string, call: Call, options: HttpOptions, host: string): Promise<Omit<Answer, 'at'>> {
  const { signal, meter, allowInternal, timeoutMs = defaultTimeoutMs } = options;
  const { method = 'GET', headers = {}, body, maxBytes = defaultMaxBytes } = call;
  const tls = url.startsWith('https:');
  meter.calls++;
  meter.bytes += body === undefined ? 0 : Buffer.byteLength(body);
  return new Promise((resolve, reject) => {
    const request = (tls ? httpsRequest : httpRequest)(url, {
      method,
      agent: tls ? secure : plain,
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      headers: {
        'user-agent': 'Rapport',
        'accept-encoding': 'gzip',
        ...headers,
        ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
      },
      ...(allowInternal ? {} : { lookup: outsideLookup }),
    });
    const fail = (error: unknown) => {
      if (signal.aborted) return reject(signal.reason);
      if (error instanceof Trouble) return reject(error);
      const { code, name, message } = error as NodeJS.ErrnoException;
      const why =
        name === 'TimeoutError' || code === 'ABORT_ERR'
          ? `did not answer within ${timeoutMs / 1_000} s`
          : `could not be reached (${code ?? message})`;
      reject(new Trouble('unreachable', `${host} ${why}.`, { cause: error }));
    };
    request.on('error', fail);
    request.on('response', (response) => {
      const zipped = response.headers['content-encoding'] === 'gzip' && method !== 'HEAD';
      const chunks: Buffer[] = [];
      let size = 0;
      const stream = zipped ? response.pipe(createGunzip()) : response;
      response.on('data', (chunk: Buffer) => {
        meter.bytes += chunk.length;
      });
      // A body that ends before its announced length ends in an error, zipped or not.
      response.on('error', fail);
      response.on('aborted', () =>
        fail(new Trouble('unreadable', `${host} broke off in the middle of an answer.`)),
      );
      stream.on('error', (cause: Error) =>
        fail(new Trouble('unreadable', `${host} sent an answer that cannot be read.`, { cause })),
      );
      stream.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > maxBytes) {
          request.destroy();
          return fail(
            new Trouble('misconfigured', `${host} sent more than ${Math.round(maxBytes / 1024 / 1024)} MB.`),
          );
        }
        chunks.push(chunk);
      });
      stream.on('end', () => {
        if (!response.complete) return;
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) });
      });
    });
    request.end(body);
  });
}
