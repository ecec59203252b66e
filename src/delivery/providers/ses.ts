import { emailTag, type SesSecrets, type SesSettings } from '../kinds.ts';
import { parseSender } from '../schema.ts';
import { mimeOf } from './mime.ts';
import { agentsFor, checkEndpoint, refusalIn } from './outside.ts';
import { DeliveryError, ourMessageId, type Provider, type RenderedEmail, retryAfter } from './provider.ts';

const connections = 20;

/**
 * Amazon SES, API version 2. An email of ours goes as the MIME it is; one of a template that SES keeps goes as the
 * template's name and its data. SES puts a Message-ID of its own into both, so ours is in a header, and the row of the
 * ledger in the tag `email_id`, which comes back with every event SES publishes about the email.
 */
export function sesProvider(settings: SesSettings, secrets: SesSecrets, allowInternal: boolean): Provider {
  let opened: ReturnType<typeof open> | undefined;

  async function open() {
    if (settings.endpoint) checkEndpoint(settings.endpoint, allowInternal);
    // Only who sends by SES pays for loading them.
    const { SendEmailCommand, SESv2Client } = await import('@aws-sdk/client-sesv2');
    const { NodeHttpHandler } = await import('@smithy/node-http-handler');
    const client = new SESv2Client({
      region: settings.region,
      credentials: { accessKeyId: settings.access_key_id, secretAccessKey: secrets.secret_access_key },
      ...(settings.endpoint && { endpoint: settings.endpoint }),
      // The client's own repeats would be unknown to the ledger.
      maxAttempts: 1,
      requestHandler: new NodeHttpHandler({
        connectionTimeout: 10_000,
        socketTimeout: 60_000,
        ...agentsFor(allowInternal, connections),
      }),
    });
    return { client, SendEmailCommand };
  }

  return {
    concurrency: connections,
    batch: connections * 10,
    batches: 1,
    async send(email, signal) {
      const { bytes, from, to } = await mimeOf(email);
      try {
        opened ??= open();
        const { client, SendEmailCommand } = await opened;
        const command = new SendEmailCommand({
          FromEmailAddress: from,
          Destination: { ToAddresses: [to] },
          Content: email.stored ? { Template: templateOf(email, email.stored) } : { Raw: { Data: bytes } },
          ConfigurationSetName: settings.configuration_set,
          EmailTags: tagsOf(email, settings),
        });
        const { MessageId } = await client.send(command, { abortSignal: signal });
        return { providerId: MessageId };
      } catch (error) {
        throw classify(error as SesFailure, email);
      }
    },
    close: () => void opened?.then(({ client }) => client.destroy()).catch(() => {}),
  };
}

const templateOf = ({ headers, messageId }: RenderedEmail, stored: NonNullable<RenderedEmail['stored']>) => ({
  TemplateName: stored.name,
  TemplateData: JSON.stringify(stored.data),
  Headers: [...headers, { name: ourMessageId, value: messageId }].map(({ name, value }) => ({
    Name: name,
    Value: value,
  })),
});

const tagsOf = ({ id }: RenderedEmail, { tags = {} }: SesSettings) =>
  Object.entries({ ...tags, ...(id && { [emailTag]: id }) }).map(([Name, Value]) => ({ Name, Value }));

interface SesFailure extends Error {
  $metadata?: { httpStatusCode?: number };
  $response?: { headers?: Record<string, string> };
}

/** Of the whole account, whatever the email. */
const ofTheAccount = new Set([
  'AccountSuspendedException',
  'SendingPausedException',
  'MailFromDomainNotVerifiedException',
  'LimitExceededException',
  'AccessDeniedException',
  'ExpiredTokenException',
  'IncompleteSignature',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'MissingAuthenticationToken',
  'NotAuthorized',
  'OptInRequired',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
]);
const tooFast = /^(TooManyRequests|Throttling|Throttled|SlowDown|RequestLimitExceeded|RequestThrottled)/;

/** From the error of the AWS client to what should happen next. */
function classify(error: SesFailure, email: RenderedEmail): DeliveryError {
  const refusal = refusalIn(error);
  if (refusal) {
    return new DeliveryError('account', [refusal.message, refusal.hint].join(' '), { cause: error });
  }
  const { name, message } = error;
  const status = error.$metadata?.httpStatusCode ?? 0;
  const words = /^(Error|UnknownError)$/.test(name) || !message ? message || name : `${name}: ${message}`;
  const retryAfterMs = retryAfter(error.$response?.headers?.['retry-after']);
  const as = (kind: DeliveryError['kind'], slowDown = false) =>
    new DeliveryError(kind, words, { cause: error, slowDown, retryAfterMs });

  // "Daily message quota exceeded" has the name of a rate that was too high, but no patience helps soon.
  if (tooFast.test(name) || status === 429)
    return /quota/i.test(message) ? as('account') : as('temporary', true);
  // A clock that is wrong: the client notes by how much, and the next attempt is right.
  if (/signature (expired|not yet current)|requesttime|skewed/i.test(words)) return as('temporary');
  if (ofTheAccount.has(name) || status === 401 || status === 403) return as('account');
  if (name === 'MessageRejected') return as(isAboutAccount(message, email) ? 'account' : 'permanent');
  if (/configuration set/i.test(message)) return as('account');
  // Where no template of theirs is asked for, what is not found is what the account is set up with.
  if (name === 'NotFoundException') return as(email.stored ? 'permanent' : 'account');
  return status >= 400 && status < 500 && status !== 408 ? as('permanent') : as('temporary');
}

/** "Sending suspended for this account"; "Email address is not verified", and it is the sender's. */
function isAboutAccount(message: string, { from }: RenderedEmail): boolean {
  if (/not verified/i.test(message)) {
    const sender = parseSender(from);
    const named = message.toLowerCase();
    return sender !== undefined && named.includes(sender.address.toLowerCase());
  }
  return /(suspended|paused|shut down|disabled)/i.test(message) && /account|sending/i.test(message);
}
