import { createSign, generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';

/**
 * A stand-in for what Amazon SNS sends to an address: messages with the fields of Amazon's reference, signed by a
 * certificate made here, which `fetchText` serves. It sends nothing by itself, and repeats nothing.
 */
export function createTopic(region = 'eu-west-1') {
  const certificateUrl = `https://sns.${region}.amazonaws.com/SimpleNotificationService-${randomBytes(16).toString('hex')}.pem`;
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const certificate = certificateOf(publicKey.export({ type: 'spki', format: 'der' }), (bytes) =>
    createSign('RSA-SHA256').update(bytes).sign(privateKey),
  );
  const topic = `arn:aws:sns:${region}:123456789012:emails-${randomBytes(4).toString('hex')}`;
  /** Addresses that were visited. */
  const visited: string[] = [];

  function signed(
    fields: Record<string, string>,
    { version = '1', alter = {} }: { version?: '1' | '2'; alter?: Record<string, string> } = {},
  ): string {
    const message: Record<string, string> = {
      MessageId: randomUUID(),
      TopicArn: topic,
      Timestamp: '2026-06-15T12:00:00.000Z',
      ...fields,
    };
    const text = Object.keys(message)
      .sort()
      .map((name) => `${name}\n${message[name]}\n`)
      .join('');
    const signature = createSign(version === '1' ? 'RSA-SHA1' : 'RSA-SHA256')
      .update(text)
      .sign(privateKey);
    return JSON.stringify({
      ...message,
      SignatureVersion: version,
      Signature: signature.toString('base64'),
      SigningCertURL: certificateUrl,
      ...alter,
    });
  }
  type Options = Parameters<typeof signed>[1];

  return {
    topic,
    visited,
    notification: (content: unknown, options?: Options, more = {}) =>
      signed(
        {
          Type: 'Notification',
          Message: typeof content === 'string' ? content : JSON.stringify(content),
          ...more,
        },
        options,
      ),
    confirmation: (options?: Options, more = {}) =>
      signed(
        {
          Type: 'SubscriptionConfirmation',
          Message: 'You have chosen to subscribe to the topic.',
          Token: 'token',
          SubscribeURL: `https://sns.${region}.amazonaws.com/?Action=ConfirmSubscription&TopicArn=${topic}&Token=token`,
          ...more,
        },
        options,
      ),
    async fetchText(url: string): Promise<string> {
      visited.push(url);
      if (url === certificateUrl) return certificate;
      if (url.includes('Action=ConfirmSubscription')) return '<ConfirmSubscriptionResponse/>';
      throw new Error(`404: ${url}`);
    },
  };
}

/** DER, as little of it as a certificate has: a tag, the length, the content. */
function der(tag: number, ...content: Buffer[]): Buffer {
  const body = Buffer.concat(content);
  const size = body.length;
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

/** A certificate in PEM of this public key, signed by itself (X.509, version 1). */
function certificateOf(publicKey: Buffer, sign: (bytes: Buffer) => Buffer): string {
  const sequence = (...content: Buffer[]) => der(0x30, ...content);
  const time = (text: string) => der(0x17, Buffer.from(text));
  const sha256WithRsa = sequence(der(0x06, Buffer.from('2a864886f70d01010b', 'hex')), der(0x05));
  const commonName = der(0x06, Buffer.from('550403', 'hex'));
  const name = sequence(der(0x31, sequence(commonName, der(0x0c, Buffer.from('sns.amazonaws.com')))));
  const content = sequence(
    der(0x02, Buffer.from([1])),
    sha256WithRsa,
    name,
    sequence(time('260101000000Z'), time('360101000000Z')),
    name,
    publicKey,
  );
  const whole = sequence(content, sha256WithRsa, der(0x03, Buffer.from([0]), sign(content)));
  const lines = whole.toString('base64').match(/.{1,64}/g)!;
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}
