import type { MailchimpSecrets, MailchimpSettings } from '../kinds.ts';
import { postJson } from './http.ts';
import { mimeOf } from './mime.ts';
import { agentsFor, checkEndpoint, refusalIn } from './outside.ts';
import { DeliveryError, mustBeRendered, type Provider, retryAfter } from './provider.ts';

const usualEndpoint = 'https://mandrillapp.com/api/1.0';
const connections = 10;
const timeoutMs = 60_000;

/**
 * Mailchimp Transactional (once Mandrill): the MIME as it is, by `messages/send-raw`. What that call has no parameter
 * for goes into the headers of their SMTP servers: the subaccount, and the row of the ledger, which comes back with
 * every event they tell.
 */
export function mailchimpProvider(
  { endpoint = usualEndpoint, subaccount }: MailchimpSettings,
  { api_key }: MailchimpSecrets,
  allowInternal: boolean,
): Provider {
  const url = `${endpoint.replace(/\/+$/, '')}/messages/send-raw`;
  const agents = agentsFor(allowInternal, connections);
  return {
    concurrency: connections,
    batch: connections * 10,
    batches: 1,
    async send(email, signal) {
      mustBeRendered(email);
      const { bytes, to } = await mimeOf(email, [
        ...(subaccount ? [{ name: 'X-MC-Subaccount', value: subaccount }] : []),
        ...(email.id ? [{ name: 'X-MC-Metadata', value: JSON.stringify({ email_id: email.id }) }] : []),
      ]);
      try {
        checkEndpoint(endpoint, allowInternal);
        const body = { key: api_key, raw_message: bytes.toString(), to: [to], async: false };
        return { providerId: understood(await postJson(url, body, { agents, signal, timeoutMs })) };
      } catch (error) {
        throw error instanceof DeliveryError ? error : notReached(error as Error);
      }
    },
    close() {
      agents.httpAgent.destroy();
      agents.httpsAgent.destroy();
    },
  };
}

function notReached(error: Error): DeliveryError {
  const refusal = refusalIn(error);
  if (!refusal) return new DeliveryError('temporary', error.message, { cause: error });
  return new DeliveryError('account', [refusal.message, refusal.hint].join(' '), { cause: error });
}

/** Errors by name, of the whole account. */
const ofTheAccount = new Set(['Invalid_Key', 'PaymentRequired', 'Unknown_Subaccount', 'PoorReputation']);
/** Reasons of a rejection that would be every email's. */
const rejectsAll = new Set(['invalid-sender', 'unsigned', 'test-mode-limit']);

interface Result {
  _id?: string;
  status?: string;
  reject_reason?: string | null;
}

/** @returns their id of the email @throws DeliveryError */
function understood({ status, headers, text }: Awaited<ReturnType<typeof postJson>>): string | undefined {
  const said = json(text);
  if (status >= 200 && status < 300) {
    const result: Result | undefined = Array.isArray(said) ? said[0] : undefined;
    switch (result?.status) {
      case 'sent':
      case 'queued':
      case 'scheduled':
        return result._id;
      case 'rejected': {
        const reason = result.reject_reason ?? 'no reason given';
        throw new DeliveryError(rejectsAll.has(reason) ? 'account' : 'permanent', `rejected: ${reason}`);
      }
      case 'invalid':
        throw new DeliveryError('permanent', 'invalid: the address cannot be written to');
      default:
        throw new DeliveryError(
          'temporary',
          `Not an answer of Mailchimp Transactional: ${text.slice(0, 200)}`,
        );
    }
  }
  const { name = '', message = '' } = (said ?? {}) as { name?: string; message?: string };
  const words = name ? `${name}: ${message}` : `${status}${text ? `: ${text.slice(0, 200)}` : ''}`;
  const more = { slowDown: status === 429, retryAfterMs: retryAfter(headers['retry-after']) };
  if (more.slowDown) throw new DeliveryError('temporary', words, more);
  if (ofTheAccount.has(name) || status === 401 || status === 403) throw new DeliveryError('account', words);
  // Their errors come with 500, so the name says whether trying again helps.
  const permanent = name === 'ValidationError' || (status >= 400 && status < 500 && status !== 408);
  throw new DeliveryError(permanent ? 'permanent' : 'temporary', words, more);
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
