import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startMandrill } from '../../../test/support/mandrill.ts';
import { openProvider, type Provider } from './index.ts';
import { emailOf, failureOf } from './providers.testing.ts';

let mandrill: Awaited<ReturnType<typeof startMandrill>>;
beforeAll(async () => {
  mandrill = await startMandrill();
});
afterAll(() => mandrill.close());

const opened: Provider[] = [];
const open = (more: object = {}, api_key = mandrill.key, allowInternal = true) => {
  const provider = openProvider({
    db: undefined as never,
    kind: 'mailchimp_transactional',
    settings: { endpoint: mandrill.url, ...more },
    secrets: { api_key },
    allowInternal,
  });
  opened.push(provider);
  return provider;
};
afterEach(() => {
  mandrill.fail();
  mandrill.rejects.clear();
  for (const provider of opened.splice(0)) provider.close();
});

const { signal } = new AbortController();
const send = (provider: Provider) => failureOf(provider.send(emailOf(), signal));

test('an email goes as the MIME it is, with the subaccount and the row of the ledger', async () => {
  const email = emailOf();
  const { providerId } = await open({ subaccount: 'shop' }).send(email, signal);
  expect(providerId).toMatch(/^f+0$/);
  const { raw_message, ...asked } = mandrill.taken.at(-1)!;
  expect(asked).toEqual({ key: mandrill.key, to: ['zoe@example.com'], async: false });
  for (const line of [
    // The case of a header's name means nothing.
    'X-Mc-Subaccount: shop',
    `X-Mc-Metadata: {"email_id":"${email.id}"}`,
    `Message-ID: ${email.messageId}`,
    `X-Rapport-Message-ID: ${email.messageId}`,
    'List-Unsubscribe-Post: List-Unsubscribe=One-Click',
    'Date: Fri, 02 Jan 2026 03:04:05 +0000',
  ])
    expect(raw_message).toContain(`\r\n${line}\r\n`);
  expect(raw_message).toMatch(/^[\r\n\t\x20-\x7e]+$/);
  expect(raw_message).toContain('<p>Gr=C3=BC=C3=9Fe =F0=9F=8E=89</p>');
  await open().send(emailOf({ id: null }), signal);
  expect(mandrill.taken.at(-1)!.raw_message).not.toMatch(/X-MC/i);
});

describe('what it refuses', () => {
  test.each([
    ['hard-bounce', 'permanent'],
    ['soft-bounce', 'permanent'],
    ['spam', 'permanent'],
    ['unsub', 'permanent'],
    ['custom', 'permanent'],
    ['rule', 'permanent'],
    ['not an address', 'permanent'],
    ['invalid-sender', 'account'],
    ['unsigned', 'account'],
    ['test-mode-limit', 'account'],
  ])('a recipient: %s is %s', async (reason, kind) => {
    mandrill.rejects.set('zoe@example.com', reason);
    const failure = await send(open());
    expect(failure).toMatchObject({ kind });
    expect(failure.message).toContain(reason === 'not an address' ? 'invalid' : reason);
  });

  test('a key that is none, and a subaccount that is none, stop the account', async () => {
    expect(await send(open({}, 'md-other'))).toMatchObject({
      kind: 'account',
      message: 'Invalid_Key: Invalid API key',
    });
    expect(await send(open({ subaccount: 'other' }))).toMatchObject({
      kind: 'account',
      message: expect.stringContaining('Unknown_Subaccount'),
    });
  });

  const named = (name: string) => ({ status: 'error', code: -1, name, message: 'why' });
  test.each([
    [500, named('PaymentRequired'), 'account', false],
    [500, named('PoorReputation'), 'account', false],
    [500, named('ValidationError'), 'permanent', false],
    [500, named('GeneralError'), 'temporary', false],
    [503, named('ServiceUnavailable'), 'temporary', false],
    [429, '', 'temporary', true],
    [502, '<html>Bad gateway</html>', 'temporary', false],
    [413, 'Too large', 'permanent', false],
    [403, 'Forbidden', 'account', false],
    [200, '[]', 'temporary', false],
    [200, 'not JSON', 'temporary', false],
  ])('%i %j is %s', async (status, body, kind, slowDown) => {
    mandrill.fail({ status, body, headers: { 'retry-after': '3' } });
    const failure = await send(open());
    expect(failure).toMatchObject({ kind, slowDown });
    expect(failure.message).not.toContain(mandrill.key);
    if (slowDown) expect(failure.retryAfterMs).toBe(3_000);
  });

  test('a service that is not there may be back; an address of the inside is nowhere to call', async () => {
    expect(await send(open({ endpoint: 'http://127.0.0.1:1' }))).toMatchObject({ kind: 'temporary' });
    const inside = { kind: 'account', message: expect.stringContaining('inside of a network') };
    expect(await send(open({}, mandrill.key, false))).toMatchObject(inside);
    expect(await send(open({ endpoint: 'https://localhost:1' }, mandrill.key, false))).toMatchObject(inside);
  });

  test('a stored template of another provider, and giving up waiting', async () => {
    const stored = emailOf({ stored: { name: 'points', data: {} } });
    expect(await failureOf(open().send(stored, signal))).toMatchObject({ kind: 'permanent' });
    expect(await failureOf(open().send(emailOf(), AbortSignal.abort()))).toMatchObject({ kind: 'temporary' });
  });
});
