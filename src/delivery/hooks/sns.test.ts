import { describe, expect, test } from 'vitest';
import { createTopic } from '../../../test/support/sns.ts';
import { createSns } from './sns.ts';

const open = (region?: string) => {
  const topic = createTopic(region);
  return { ...topic, sns: createSns(topic.fetchText) };
};
const refused = (code: string, status: number) => ({ code, status });

describe('a message of Amazon SNS', () => {
  test.each(['1', '2'] as const)('signed by version %s is read', async (version) => {
    const { sns, notification, confirmation, topic, visited } = open();
    const said = await sns.read(notification({ eventType: 'Delivery' }, { version }));
    expect(said).toMatchObject({ TopicArn: topic, Message: '{"eventType":"Delivery"}' });
    const subject = await sns.read(notification('words', { version }, { Subject: 'Amazon SES' }));
    expect(subject.Subject).toBe('Amazon SES');
    const confirm = await sns.read(confirmation({ version }));
    await sns.confirm(confirm);
    // The certificate once, however many messages.
    expect(visited).toHaveLength(2);
    expect(visited[1]).toContain('Action=ConfirmSubscription');
  });

  test.each(['us-gov-west-1', 'cn-north-1', 'ap-southeast-2'])('may come from %s', async (region) => {
    const { sns, notification } = open(region);
    await expect(sns.read(notification('words'))).resolves.toMatchObject({ Type: 'Notification' });
  });

  test.each([
    ['another message', { Message: 'other' }],
    ['another topic', { TopicArn: 'arn:aws:sns:eu-west-1:999999999999:theirs' }],
    ['another kind', { Type: 'UnsubscribeConfirmation', Token: 't', SubscribeURL: 'u' }],
    ['another version', { SignatureVersion: '2' }],
    ['a subject that was not signed', { Subject: 'Hello' }],
    ['no signature', { Signature: '' }],
    ['a signature of nothing', { Signature: 'AAAA' }],
  ])('with %s is refused', async (_, alter) => {
    const { sns, notification } = open();
    await expect(sns.read(notification('words', { alter }))).rejects.toMatchObject(
      refused('not_signed', 403),
    );
  });

  test.each([
    'http://sns.eu-west-1.amazonaws.com/SimpleNotificationService-a.pem',
    'https://sns.eu-west-1.amazonaws.com.evil.example/SimpleNotificationService-a.pem',
    'https://evil.example/sns.eu-west-1.amazonaws.com/SimpleNotificationService-a.pem',
    'https://sns.eu-west-1.amazonaws.com:8443/SimpleNotificationService-a.pem',
    'https://sns.eu-west-1.amazonaws.com@evil.example/SimpleNotificationService-a.pem',
    'https://sns.s3-eu-west-1.amazonaws.com/SimpleNotificationService-a.pem',
    'https://sns.s3.amazonaws.com/SimpleNotificationService-a.pem',
    'https://sns.eu-west-1.amazonaws.com/?Action=x&y=SimpleNotificationService-a.pem',
    'https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-a.pem?x=1',
    'https://s3.eu-west-1.amazonaws.com/SimpleNotificationService-a.pem',
    'not an address',
  ])('with its certificate at %s is refused unread', async (SigningCertURL) => {
    const { sns, notification, visited } = open();
    await expect(sns.read(notification('words', { alter: { SigningCertURL } }))).rejects.toMatchObject(
      refused('not_signed', 403),
    );
    expect(visited).toEqual([]);
  });

  test('by the certificate of somebody else is refused', async () => {
    const [ours, theirs] = [open(), open()];
    const { SigningCertURL } = JSON.parse(ours.notification('words')) as { SigningCertURL: string };
    const forged = theirs.notification('words', { alter: { SigningCertURL } });
    await expect(ours.sns.read(forged)).rejects.toMatchObject(refused('not_signed', 403));
  });

  test('whose certificate cannot be read now is to come again, and is read then', async () => {
    const { notification, fetchText } = open();
    let down = true;
    const sns = createSns((url) => (down ? Promise.reject(new Error('timeout')) : fetchText(url)));
    const message = notification('words');
    await expect(sns.read(message)).rejects.toMatchObject(refused('certificate_unreachable', 503));
    down = false;
    await expect(sns.read(message)).resolves.toMatchObject({ Message: 'words' });
  });

  test.each(['', 'words', '[]', '{}', '{"Type":"Notification"}', '{"eventType":"Delivery"}'])(
    'is not %j',
    async (body) => {
      await expect(open().sns.read(body)).rejects.toMatchObject(refused('not_sns', 400));
    },
  );

  test.each([
    'https://evil.example/?Action=ConfirmSubscription',
    'https://sns.eu-west-1.amazonaws.com/?Action=DeleteTopic',
    'https://sns.s3-eu-west-1.amazonaws.com/?Action=ConfirmSubscription',
  ])('that wants to be confirmed at %s is not', async (SubscribeURL) => {
    const { sns, confirmation, visited } = open();
    const message = await sns.read(confirmation({}, { SubscribeURL }));
    await expect(sns.confirm(message)).rejects.toMatchObject(refused('not_signed', 403));
    expect(visited).toHaveLength(1);
  });
});
