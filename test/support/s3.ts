import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * A stand-in for S3: GET of an object, and ListObjectsV2, after Amazon's API reference, in path style. It knows who asks
 * by the access key alone; signatures are not checked, nor is there anything else of S3.
 */
export async function startS3({ bucket = 'exports', accessKey = 'AKIATEST', pageSize = 3 } = {}) {
  const objects = new Map<string, Buffer>();
  const asked: string[] = [];
  const etagOf = (body: Buffer) => `"${createHash('md5').update(body).digest('hex')}"`;
  const escaped = (text: string) =>
    text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://s3');
    asked.push(`${request.method} ${request.url}`);
    const [, name = '', ...rest] = decodeURIComponent(url.pathname).split('/');
    const key = rest.join('/');
    const fail = (status: number, code: string) => {
      response.writeHead(status, { 'content-type': 'application/xml' });
      response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`);
    };
    if (!request.headers.authorization?.includes(`Credential=${accessKey}/`))
      return fail(403, 'InvalidAccessKeyId');
    if (name !== bucket) return fail(404, 'NoSuchBucket');
    if (key !== '') {
      const body = objects.get(key);
      if (!body) return fail(404, 'NoSuchKey');
      const expected = request.headers['if-match'];
      if (expected && expected !== etagOf(body)) return fail(412, 'PreconditionFailed');
      response.writeHead(200, { 'content-length': body.length, etag: etagOf(body) });
      return response.end(body);
    }
    const prefix = url.searchParams.get('prefix') ?? '';
    const after = url.searchParams.get('continuation-token') ?? '';
    const keys = [...objects.keys()].filter((one) => one.startsWith(prefix) && one > after).sort();
    const page = keys.slice(0, pageSize);
    const more = keys.length > page.length;
    response.writeHead(200, { 'content-type': 'application/xml' });
    response.end(
      `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
       <Name>${bucket}</Name><Prefix>${escaped(prefix)}</Prefix><KeyCount>${page.length}</KeyCount>
       <MaxKeys>${pageSize}</MaxKeys><IsTruncated>${more}</IsTruncated>
       ${more ? `<NextContinuationToken>${escaped(page.at(-1)!)}</NextContinuationToken>` : ''}
       ${page
         .map(
           (one) =>
             `<Contents><Key>${escaped(one)}</Key><ETag>${escaped(etagOf(objects.get(one)!))}</ETag><Size>${objects.get(one)!.length}</Size></Contents>`,
         )
         .join('')}</ListBucketResult>`,
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    put: (key: string, body: string) => void objects.set(key, Buffer.from(body)),
    /** What was asked for since the last time. */
    asked: () => asked.splice(0),
    close: () =>
      new Promise<void>((resolve) => void server.close(() => resolve())).finally(() =>
        server.closeAllConnections(),
      ),
  };
}
