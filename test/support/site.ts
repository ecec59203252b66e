import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Site {
  /** Its origin: another one than Rapport's, as a shop's is. */
  url: string;
  /** Puts something at an address (path and all below it). */
  put(path: string, body: string, headers?: Record<string, string>): void;
  close(): void;
}

/** A web site of somebody's own, for scripts to be tried on in a browser. */
export async function startSite(): Promise<Site> {
  const pages: { path: string; body: string; headers: Record<string, string> }[] = [];
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://site');
    const page = pages.find(({ path }) => pathname === path || pathname.startsWith(`${path}/`));
    if (!page) return response.writeHead(404).end();
    const type = page.path.endsWith('.js') ? 'text/javascript' : 'text/html; charset=utf-8';
    response.writeHead(200, { 'content-type': type, ...page.headers }).end(page.body);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://localhost:${port}`,
    put: (path, body, headers = {}) => void pages.unshift({ path, body, headers }),
    close: () => server.close().closeAllConnections(),
  };
}
