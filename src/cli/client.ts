import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Problem } from '../engine/index.ts';
import { serverFile } from '../place.ts';

/** The API of a running server, as the commands use it. */
export interface Client {
  url: string;
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body?: unknown): Promise<T>;
  delete(path: string): Promise<void>;
  send<T>(
    method: string,
    path: string,
    init: { body?: RequestInit['body']; headers?: Record<string, string> },
  ): Promise<T>;
}

/** The server that runs on this data directory, or the one named by RAPPORT_URL and RAPPORT_API_KEY. */
export function clientFor(
  dataDir: string,
  env: NodeJS.ProcessEnv = process.env,
  also: Record<string, string> = {},
): Client {
  if (env.RAPPORT_API_KEY)
    return clientOf(env.RAPPORT_URL ?? 'http://127.0.0.1:4100', env.RAPPORT_API_KEY, also);
  let file: string;
  try {
    file = readFileSync(serverFile(resolve(dataDir)), 'utf8');
  } catch (cause) {
    throw new Problem(409, 'no_server', `No Rapport is running on ${resolve(dataDir)}.`, {
      hint: 'Start it with "rapport start", or name another directory with --data.',
      cause,
    });
  }
  const { url, token } = JSON.parse(file) as { url: string; token: string };
  return clientOf(url, token, also);
}

/** The same, for one of several workspaces; the first when none is named. */
export function inWorkspace(dataDir: string, workspace: string | undefined): Client {
  return clientFor(dataDir, process.env, workspace ? { 'x-rapport-workspace': workspace } : {});
}

function clientOf(url: string, token: string, also: Record<string, string>): Client {
  const send: Client['send'] = async (method, path, { body, headers }) => {
    const answer = await fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${token}`, ...also, ...headers },
      ...(body === undefined ? {} : { body }),
    }).catch((cause) => {
      throw new Problem(503, 'server_unreachable', `Rapport at ${url} does not answer.`, { cause });
    });
    const text = await answer.text();
    if (!answer.ok) throw problemOf(answer.status, text);
    return (text ? JSON.parse(text) : undefined) as never;
  };
  const json = { 'content-type': 'application/json' };
  return {
    url,
    send,
    get: (path) => send('GET', path, {}),
    post: (path, body) =>
      send('POST', path, body === undefined ? {} : { body: JSON.stringify(body), headers: json }),
    delete: (path) => send('DELETE', path, {}),
  };
}

function problemOf(status: number, text: string): Problem {
  try {
    const { error } = JSON.parse(text) as {
      error: { code: string; message: string; hint?: string; field?: string };
    };
    return new Problem(status, error.code, error.message, error);
  } catch {
    return new Problem(status, 'bad_answer', `The server answered ${status}: ${text.slice(0, 200)}`);
  }
}
