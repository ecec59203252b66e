import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Readable } from 'node:stream';
import { outsideOnly, Problem } from '../../engine/index.ts';
import type { Look } from './look.ts';
import { bucketOf, type Looked, type S3Credentials, type S3Settings } from './schema.ts';

const NAMES_SHOWN = 5;
const { checkHost, lookup } = outsideOnly(
  ({ message, hint }) => new Problem(400, 'internal_address', message, { field: 'settings.endpoint', hint }),
);

/** An object of a bucket; the version changes with the content. */
interface BucketObject {
  key: string;
  version: string;
}

/** A bucket below a prefix. What fails throws a Problem in words for a person. */
export async function openBucket(settings: S3Settings, credentials: S3Credentials, allowInternal: boolean) {
  const { bucket, prefix } = bucketOf(settings);
  if (settings.endpoint && !allowInternal) checkHost(new URL(settings.endpoint).hostname);
  // Only who has a bucket pays for loading them.
  const { GetObjectCommand, ListObjectsV2Command, S3Client } = await import('@aws-sdk/client-s3');
  const { NodeHttpHandler } = await import('@smithy/node-http-handler');
  // Names are looked up at each connection, so one that leads inside later is refused too.
  const agent = { keepAlive: true, ...(!allowInternal && { lookup }) };
  const client = new S3Client({
    region: settings.region,
    credentials: { accessKeyId: credentials.access_key_id, secretAccessKey: credentials.secret_access_key },
    ...(settings.endpoint && { endpoint: settings.endpoint, forcePathStyle: true }),
    maxAttempts: 3,
    requestHandler: new NodeHttpHandler({
      connectionTimeout: 10_000,
      socketTimeout: 60_000,
      httpAgent: new HttpAgent(agent),
      httpsAgent: new HttpsAgent(agent),
    }),
  });

  async function explained<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (cause) {
      throw inWords(cause, bucket, settings);
    }
  }

  return {
    /** All objects, a thousand at a time. Keys that end with a slash are folders of the console, and no files. */
    async *list(): AsyncGenerator<{ objects: BucketObject[]; more: boolean }> {
      for (let token: string | undefined; ; ) {
        const from = token;
        const page = await explained(() =>
          client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: from })),
        );
        const objects = (page.Contents ?? []).flatMap(({ Key, ETag }) =>
          Key && !Key.endsWith('/') ? [{ key: Key, version: ETag ?? '' }] : [],
        );
        token = page.NextContinuationToken;
        yield { objects, more: token !== undefined };
        if (!token) return;
      }
    },

    /** Its bytes, if it still has this version. */
    async read({ key, version }: BucketObject): Promise<Readable> {
      const found = await explained(() =>
        client.send(new GetObjectCommand({ Bucket: bucket, Key: key, IfMatch: version })),
      );
      return found.Body as Readable;
    },

    close: () => client.destroy(),
  };
}

export type Bucket = Awaited<ReturnType<typeof openBucket>>;

/** Takes every object whose key or version is new. */
export async function lookIntoBucket(bucket: Bucket, look: Look): Promise<void> {
  for await (const { objects } of bucket.list()) {
    const seen = await look.store.objects(
      look.source.id,
      objects.map(({ key }) => key),
    );
    for (const object of objects) {
      if (look.signal.aborted) return;
      const { key, version } = object;
      if (seen.get(key)?.etag === version) continue;
      await look.take(key, version, key.split('/').at(-1) ?? key, () => bucket.read(object));
    }
  }
}

/** What is in a bucket now: the first page of it. */
export async function testBucket(bucket: Bucket): Promise<Looked> {
  for await (const { objects, more } of bucket.list())
    return { files: objects.length, more, names: objects.slice(0, NAMES_SHOWN).map(({ key }) => key) };
  return { files: 0, more: false, names: [] };
}

const reasons: Record<string, string> = {
  NoSuchBucket: 'There is no bucket of this name.',
  NoSuchKey: 'The object is gone.',
  PreconditionFailed: 'The object was changed while it was read.',
  AccessDenied:
    'These credentials may not do this: they need s3:ListBucket, and s3:GetObject on its objects.',
  Forbidden: 'These credentials may not do this: they need s3:ListBucket, and s3:GetObject on its objects.',
  InvalidAccessKeyId: 'The access key is not known.',
  SignatureDoesNotMatch: 'The secret access key does not belong to the access key.',
  PermanentRedirect: 'The bucket is in another region.',
  AuthorizationHeaderMalformed: 'The bucket is in another region.',
};

function inWords(cause: unknown, bucket: string, { endpoint }: S3Settings): Problem {
  for (let error = cause as Error | undefined; error; error = error.cause as Error | undefined)
    if (error instanceof Problem) return error;
  const { name = '', message = '', code } = cause as { name?: string; message?: string; code?: string };
  const reason = reasons[name] ?? (code ? `${endpoint ?? 'Amazon S3'} does not answer (${code}).` : message);
  return new Problem(400, 'bucket_unusable', `s3://${bucket}: ${reason || name}`, { cause });
}
