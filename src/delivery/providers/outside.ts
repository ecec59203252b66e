import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { outsideOnly, Problem } from '../../engine/index.ts';

const field = 'settings.endpoint';
const { checkHost, lookup } = outsideOnly(
  ({ message, hint }) => new Problem(400, 'internal_address', message, { field, hint }),
);

/** Throws a Problem for an address that leads inside, and for one where anybody on the way could read the key. */
export function checkEndpoint(endpoint: string, allowInternal: boolean): void {
  if (allowInternal) return;
  const { protocol, hostname } = new URL(endpoint);
  checkHost(hostname);
  if (protocol !== 'https:') {
    throw new Problem(400, 'endpoint_not_secure', `${field}: must begin with https://`, {
      field,
      hint: 'The one who runs Rapport can allow others with RAPPORT_ALLOW_INTERNAL=1.',
    });
  }
}

/** Names are looked up at each connection, so one that leads inside later is refused too. */
export function agentsFor(allowInternal: boolean, maxSockets: number) {
  const options = { keepAlive: true, maxSockets, ...(!allowInternal && { lookup }) };
  return { httpAgent: new HttpAgent(options), httpsAgent: new HttpsAgent(options) };
}
export type Agents = ReturnType<typeof agentsFor>;

/** The refusal of an address that leads inside, wherever the one who called wrapped it. */
export function refusalIn(error: unknown): Problem | undefined {
  for (let at = error; at instanceof Error; at = at.cause) if (at instanceof Problem) return at;
  return undefined;
}
