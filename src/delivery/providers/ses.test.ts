import { CreateEmailTemplateCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startSes } from '../../../test/support/ses.ts';
import { openProvider, type Provider, type RenderedEmail } from './index.ts';
import { emailOf, failureOf } from './providers.testing.ts';

let ses: Awaited<ReturnType<typeof startSes>>;
beforeAll(async () => {
  ses = await startSes();
});
afterAll(() => ses.close());

const opened: Provider[] = [];
const open = (more: object = {}, allowInternal = true) => {
  const provider = openProvider({
    db: undefined as never,
    kind: 'ses',
    settings: {
      ...{ region: 'eu-west-1', access_key_id: 'AKIATEST', endpoint: ses.url },
      ...{ configuration_set: 'bounces', tags: { shop: 'main' } },
      ...more,
    },
    secrets: { secret_access_key: 'very secret' },
    allowInternal,
  });
  opened.push(provider);
  return provider;
};
afterEach(() => {
  ses.fail();
  for (const provider of opened.splice(0)) provider.close();
});

const { signal } = new AbortController();

test('an email goes as the MIME it is, with the configuration set, the tags and our Message-ID', async () => {
  const email = emailOf({ to: 'zoe@exämple.com' });
  const { providerId } = await open().send(email, signal);
  const kept = (await ses.kept()).at(-1)!;
  expect(kept).toMatchObject({
    messageId: providerId,
    subject: 'Grüße, Zoë',
    body: { html: expect.stringContaining('<p>Grüße 🎉</p>'), text: expect.stringContaining('Grüße 🎉') },
  });
  expect(kept.from).toContain('Äpfel & Co');
  const { Content, ...asked } = ses.asked.at(-1)!;
  expect(asked).toEqual({
    FromEmailAddress: expect.stringMatching(/^=\?UTF-8\?[\x21-\x7e ]+\?= <shop@example\.com>$/),
    Destination: { ToAddresses: ['zoe@xn--exmple-cua.com'] },
    ConfigurationSetName: 'bounces',
    EmailTags: [
      { Name: 'shop', Value: 'main' },
      { Name: 'email_id', Value: email.id },
    ],
  });
  const mime = Buffer.from(Content.Raw!.Data, 'base64').toString();
  expect(mime).toContain(`\r\nX-Rapport-Message-ID: ${email.messageId}\r\n`);
  expect(mime).toContain(`\r\nMessage-ID: ${email.messageId}\r\n`);
  expect(mime).toMatch(/^List-Unsubscribe: <https:\/\/shop\.example\/u\/1>\r$/m);
});

test('a template that SES keeps goes by its name, with its data', async () => {
  const client = new SESv2Client({
    region: 'eu-west-1',
    endpoint: ses.url,
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  });
  const parts = { Subject: 'Hello {{name}}', Html: '<b>{{points}} points</b>' };
  await client.send(new CreateEmailTemplateCommand({ TemplateName: 'points', TemplateContent: parts }));
  client.destroy();
  const stored = { name: 'points', data: { name: 'Zoë', points: 7 } };
  const empty = { subject: '', html: '', text: '' };
  await open().send(emailOf({ ...empty, stored }), signal);
  expect((await ses.kept()).at(-1)).toMatchObject({
    subject: 'Hello Zoë',
    body: { html: '<b>7 points</b>' },
    destination: { to: ['zoe@example.com'] },
  });
  expect(ses.asked.at(-1)!.Content.Template!.Headers).toContainEqual({
    Name: 'X-Rapport-Message-ID',
    Value: emailOf().messageId,
  });
  const gone = emailOf({ ...empty, stored: { name: 'gone', data: {} } });
  expect(await failureOf(open().send(gone, signal))).toMatchObject({ kind: 'permanent' });
});

test('a test email has no row of the ledger, so no tag', async () => {
  await open({ tags: undefined }).send(emailOf({ id: null }), signal);
  expect(ses.asked.at(-1)!.EmailTags).toEqual([]);
});

describe('what SES refuses', () => {
  const from = 'shop@example.com';
  const identities = (who: string) =>
    `Email address is not verified. The following identities failed the check in region EU-WEST-1: ${who}`;
  test.each([
    [429, 'TooManyRequestsException', 'Maximum sending rate exceeded.', 'temporary', true],
    [400, 'ThrottlingException', 'Rate exceeded', 'temporary', true],
    [429, 'TooManyRequestsException', 'Daily message quota exceeded.', 'account', false],
    [400, 'LimitExceededException', 'Limit exceeded', 'account', false],
    [400, 'AccountSuspendedException', 'Account suspended', 'account', false],
    [400, 'SendingPausedException', 'Sending paused for this account.', 'account', false],
    [400, 'MailFromDomainNotVerifiedException', 'Not verified', 'account', false],
    [403, 'AccessDeniedException', 'User is not authorized to perform: ses:SendEmail', 'account', false],
    [403, 'UnrecognizedClientException', 'The security token is invalid.', 'account', false],
    [
      403,
      'InvalidSignatureException',
      'The request signature we calculated does not match',
      'account',
      false,
    ],
    [
      403,
      'InvalidSignatureException',
      'Signature expired: 20260101T000000Z is now earlier',
      'temporary',
      false,
    ],
    [404, 'NotFoundException', 'Configuration set <bounces> does not exist.', 'account', false],
    [400, 'BadRequestException', 'Missing final "@domain"', 'permanent', false],
    [400, 'BadRequestException', 'Configuration set <bounces> does not exist.', 'account', false],
    [400, 'MessageRejected', 'Transaction failed: Address length is more than 64', 'permanent', false],
    [400, 'MessageRejected', identities(from), 'account', false],
    [400, 'MessageRejected', identities('zoe@example.com'), 'permanent', false],
    [400, 'MessageRejected', 'Sending suspended for this account.', 'account', false],
    [500, 'InternalServiceErrorException', 'Try again', 'temporary', false],
    [503, 'ServiceUnavailable', 'Try again', 'temporary', false],
  ])('%i %s "%s": %s', async (status, type, message, kind, slowDown) => {
    ses.fail({ status, type, message });
    const before = ses.asked.length;
    const failure = await failureOf(open().send(emailOf(), signal));
    expect(failure).toMatchObject({ kind, slowDown, message: expect.stringContaining(message) });
    expect(failure.message).not.toContain('very secret');
    // The client repeats nothing by itself.
    expect(ses.asked.length).toBe(before + 1);
  });

  test('how long it asks to wait', async () => {
    const type = 'TooManyRequestsException';
    ses.fail({ status: 429, type, message: 'Slow', headers: { 'retry-after': '7' } });
    const failure = await failureOf(open().send(emailOf(), signal));
    expect(failure).toMatchObject({ slowDown: true, retryAfterMs: 7_000 });
  });

  test('a service that is not there may be back; an address of the inside is nowhere to call', async () => {
    const send = (provider: Provider, email: RenderedEmail = emailOf()) =>
      failureOf(provider.send(email, signal));
    expect(await send(open({ endpoint: 'http://127.0.0.1:1' }))).toMatchObject({ kind: 'temporary' });
    const inside = expect.stringContaining('inside of a network');
    expect(await send(open({}, false))).toMatchObject({ kind: 'account', message: inside });
    expect(await send(open({ endpoint: 'https://localhost:1' }, false))).toMatchObject({
      kind: 'account',
      message: inside,
    });
  });

  test('giving up waiting is temporary', async () => {
    expect(await failureOf(open().send(emailOf(), AbortSignal.abort()))).toMatchObject({ kind: 'temporary' });
  });
});
