import { createHash, generateKeyPairSync, verify } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { afterEach, describe, expect, test } from 'vitest';
import { openProvider, type Provider } from './index.ts';
import { emailOf, failureOf } from './providers.testing.ts';

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** The npm `smtp-server`, and a provider that sends to it. */
async function open(
  options: SMTPServerOptions = {},
  settings: object = {},
  secrets: Record<string, string> = {},
) {
  const taken: string[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    closeTimeout: 100,
    onData(stream, _session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        taken.push(Buffer.concat(chunks).toString('latin1'));
        done();
      });
    },
    ...options,
  });
  server.on('error', () => {});
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', () => listening()));
  closing.push(() => new Promise<void>((closed) => server.close(() => closed())));
  const { port } = server.server.address() as AddressInfo;
  const provider: Provider = openProvider({
    db: undefined as never,
    kind: 'smtp',
    settings: { host: '127.0.0.1', port, ...settings },
    secrets,
    allowInternal: true,
    smtpTimeouts: { connect: 500, silence: 500 },
  });
  closing.push(() => provider.close());
  return { provider, taken };
}

const { signal } = new AbortController();
const refusal = (responseCode: number, message: string) =>
  Object.assign(new Error(message), { responseCode });

describe('DKIM', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const dkim_private_key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

  /** RFC 6376, "relaxed" for both parts: white space and the case of names mean nothing. */
  const relaxed = (line: string) => {
    const at = line.indexOf(':');
    const value = line
      .slice(at + 1)
      .replace(/\r\n/g, '')
      .replace(/[ \t]+/g, ' ')
      .trim();
    return `${line.slice(0, at).trim().toLowerCase()}:${value}`;
  };

  function check(message: string) {
    const end = message.indexOf('\r\n\r\n');
    const headers = message.slice(0, end).split(/\r\n(?![ \t])/);
    const body = message
      .slice(end + 4)
      .replace(/[ \t]+\r\n/g, '\r\n')
      .replace(/[ \t]+/g, ' ')
      .replace(/(\r\n)*$/, '\r\n');
    const signature = headers.find((line) => /^dkim-signature:/i.test(line))!;
    const tags = Object.fromEntries(
      [...signature.slice(signature.indexOf(':') + 1).matchAll(/(\w+)=([^;]*)/g)].map(([, name, value]) => [
        name,
        value!.replace(/\s+/g, ''),
      ]),
    );
    const left = [...headers];
    // Of several headers of a name the last is signed first.
    const signed = tags.h!.split(':').flatMap((name: string) => {
      const at = left.findLastIndex((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`));
      return at < 0 ? [] : left.splice(at, 1).map(relaxed);
    });
    const text = [...signed, relaxed(signature).replace(/\bb=[^;]*$/, 'b=')].join('\r\n');
    return {
      tags,
      bodyIsWhole: createHash('sha256').update(body, 'latin1').digest('base64') === tags.bh,
      headersAreWhole: verify(
        'sha256',
        Buffer.from(text, 'latin1'),
        publicKey,
        Buffer.from(tags.b!, 'base64'),
      ),
    };
  }

  test('signs body and headers, those of the one-click button too', async () => {
    const dkim = { domain: 'example.com', selector: 'rapport' };
    const { provider, taken } = await open({}, { dkim }, { dkim_private_key });
    await provider.send(emailOf(), signal);
    const [message] = taken;
    const { tags, ...whole } = check(message!);
    expect(whole).toEqual({ bodyIsWhole: true, headersAreWhole: true });
    expect(tags).toMatchObject({ d: 'example.com', s: 'rapport', a: 'rsa-sha256', c: 'relaxed/relaxed' });
    const names = tags.h!.toLowerCase().split(':');
    for (const name of [
      'from',
      'to',
      'subject',
      'date',
      'message-id',
      'list-unsubscribe',
      'list-unsubscribe-post',
    ])
      expect(names).toContain(name);
    const forged = message!.replace('List-Unsubscribe-Post: List-', 'List-Unsubscribe-Post: Link-');
    expect(check(forged).headersAreWhole).toBe(false);
  });

  test('without it nothing is signed', async () => {
    const { provider, taken } = await open();
    await provider.send(emailOf(), signal);
    expect(taken[0]).not.toMatch(/dkim/i);
  });
});

describe('what a server refuses', () => {
  type At = 'onMailFrom' | 'onRcptTo' | 'data';
  test.each<[At, number, string, string, boolean]>([
    ['onRcptTo', 550, 'No such user', 'permanent', false],
    ['onRcptTo', 552, 'Mailbox over quota', 'permanent', false],
    ['onRcptTo', 550, 'The account is disabled', 'permanent', false],
    ['onRcptTo', 452, 'Mailbox full', 'temporary', false],
    ['onRcptTo', 450, '4.2.1 The user you write to gets mail at too fast a rate', 'temporary', true],
    ['onRcptTo', 421, 'Too many connections', 'temporary', true],
    ['onMailFrom', 550, 'Sender not known', 'account', false],
    ['onMailFrom', 451, 'Try again', 'temporary', false],
    ['data', 454, 'Throttling failure: Maximum sending rate exceeded.', 'temporary', true],
    ['data', 454, 'Throttling failure: Daily message quota exceeded.', 'account', false],
    ['data', 550, '5.4.5 Daily user sending limit exceeded', 'account', false],
    ['data', 554, 'Message rejected: Sending suspended for this account.', 'account', false],
    ['data', 554, 'Looks like spam', 'permanent', false],
  ])('at %s: %i %s', async (at, code, words, kind, slowDown) => {
    const refuse = (done: (error: Error) => void) => done(refusal(code, words));
    const { provider } = await open(
      at === 'data'
        ? { onData: (stream, _session, done) => stream.resume().on('end', () => refuse(done)) }
        : { [at]: (_address: unknown, _session: unknown, done: (error: Error) => void) => refuse(done) },
    );
    expect(await failureOf(provider.send(emailOf(), signal))).toMatchObject({
      ...{ kind, slowDown },
      message: expect.stringContaining(words),
    });
  });

  test('a password that cannot be checked just now is no wrong password', async () => {
    const answer = (code: number) =>
      open(
        { onAuth: (_auth, _session, done) => done(refusal(code, 'Not now')), authOptional: false },
        { user: 'me' },
        { password: 'secret' },
      );
    const later = await answer(454);
    expect(await failureOf(later.provider.send(emailOf(), signal))).toMatchObject({ kind: 'temporary' });
    const never = await answer(535);
    const failure = await failureOf(never.provider.send(emailOf(), signal));
    expect(failure).toMatchObject({ kind: 'account' });
    expect(failure.message).not.toContain('secret');
  });

  test('TLS that is demanded and not offered, or by a certificate nobody trusts, stops the account', async () => {
    const { provider: bare } = await open({}, { require_tls: true });
    expect(await failureOf(bare.send(emailOf(), signal))).toMatchObject({ kind: 'account' });
    // The certificate that comes with smtp-server has expired.
    for (const secure of [false, true]) {
      const { provider, taken } = await open({ secure, disabledCommands: [] }, { require_tls: true, secure });
      expect(await failureOf(provider.send(emailOf(), signal))).toMatchObject({
        kind: 'account',
        message: expect.stringContaining('certificate'),
      });
      expect(taken).toEqual([]);
    }
  });

  test('a template that another provider keeps is nothing for SMTP', async () => {
    const { provider, taken } = await open();
    const stored = emailOf({ stored: { name: 'points', data: {} } });
    expect(await failureOf(provider.send(stored, signal))).toMatchObject({ kind: 'permanent' });
    expect(taken).toEqual([]);
  });
});
