import { readdirSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { Upload } from 'tus-js-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { here, type ImportsHouse, openImports } from '../imports.testing.ts';
import { createImports, type Mapping } from '../index.ts';

let house: ImportsHouse;
let endpoint: string;
beforeAll(async () => {
  house = await openImports();
  endpoint = `${await house.app.listen({ port: 0, host: '127.0.0.1' })}/api/imports/uploads`;
});
afterAll(() => house.close());

const customers = (rows: number, of = 'a') =>
  Buffer.from(`mail,n\n${Array.from({ length: rows }, (_, n) => `${of}${n}@example.com,${n}`).join('\n')}\n`);
const mapping: Mapping = {
  identity: 'email',
  columns: [
    { header: 'mail', attribute: 'email', kind: 'string' },
    { header: 'n', attribute: 'visits', kind: 'number' },
  ],
};
const metadata = {
  filename: 'Käufer.csv',
  mapping: JSON.stringify(mapping),
  max_bad_share: '0.5',
};
const idOf = (url: string | null | undefined) => url?.split('/').at(-1) ?? '';

/** Sends with the tus client; `stopAfter` bytes it goes away in the middle. */
function send(
  file: Buffer,
  options: { url?: string; stopAfter?: number; chunkSize?: number } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const upload = new Upload(file, {
      endpoint,
      ...(options.url && { uploadUrl: options.url }),
      chunkSize: options.chunkSize ?? 64 * 1024,
      metadata,
      retryDelays: null,
      onError: reject,
      onSuccess: () => resolve(upload.url ?? ''),
      onChunkComplete(_size, sent) {
        if (options.stopAfter && sent >= options.stopAfter)
          void upload.abort().then(() => resolve(upload.url ?? ''));
      },
    });
    upload.start();
  });
}

const tus = { 'tus-resumable': '1.0.0' };
const begin = async (bytes: number, headers = {}) =>
  house.app.inject({
    method: 'POST',
    url: '/api/imports/uploads',
    headers: { ...tus, 'upload-length': String(bytes), ...headers },
  });
const patch = (id: string, offset: number, payload: Buffer) =>
  house.app.inject({
    method: 'PATCH',
    url: `/api/imports/uploads/${id}`,
    headers: { ...tus, 'upload-offset': String(offset), 'content-type': 'application/offset+octet-stream' },
    payload,
  });
const head = (id: string) =>
  house.app.inject({ method: 'HEAD', url: `/api/imports/uploads/${id}`, headers: tus });

describe('an upload in pieces', () => {
  it('goes on where it broke off, by the tus client, and becomes an import of the same id', async () => {
    const file = customers(30_000);
    const url = await send(file, { stopAfter: 200_000 });
    const offset = Number((await head(idOf(url))).headers['upload-offset']);
    expect(offset).toBeGreaterThanOrEqual(200_000);
    expect(offset).toBeLessThan(file.length);
    expect((await house.app.inject(`/api/imports/${idOf(url)}`)).statusCode).toBe(404);
    expect(await send(file, { url })).toBe(url);
    expect(await house.imports.wait(here.id, idOf(url))).toMatchObject({
      status: 'done',
      file_name: 'Käufer.csv',
      bytes: file.length,
      rows_ok: 30_000,
      max_bad_share: 0.5,
      mapping: { columns: [{ attribute: 'email' }, { attribute: 'visits' }] },
    });
    // Who asks after the last byte was taken is told that all have come.
    expect((await head(idOf(url))).headers).toMatchObject({ 'upload-offset': String(file.length) });
  });

  it('keeps what came before the line was cut in the middle of a request', async () => {
    const file = customers(5_000, 'cut');
    const { headers } = await begin(file.length);
    const id = idOf(headers.location as string);
    await new Promise<void>((resolve) => {
      const cut = request(`${endpoint}/${id}`, {
        method: 'PATCH',
        headers: {
          ...tus,
          'upload-offset': '0',
          'content-type': 'application/offset+octet-stream',
          'content-length': file.length,
        },
      });
      cut.on('error', () => resolve());
      cut.write(file.subarray(0, 50_000), () => setTimeout(() => cut.destroy(), 50));
      cut.on('close', resolve);
    });
    let offset = 0;
    await expect
      .poll(async () => {
        offset = Number((await head(id)).headers['upload-offset']);
        return offset;
      })
      .toBe(50_000);
    expect((await patch(id, offset, file.subarray(offset))).statusCode).toBe(204);
    expect(await house.imports.wait(here.id, id)).toMatchObject({ status: 'done', rows_ok: 5_000 });
  });

  it('is written by two at once as if by one', async () => {
    const file = customers(3_000, 'two');
    const id = idOf((await begin(file.length)).headers.location as string);
    const both = await Promise.all([
      patch(id, 0, file.subarray(0, 40_000)),
      patch(id, 0, file.subarray(0, 30_000)),
    ]);
    expect(both.map(({ statusCode }) => statusCode).every((status) => status === 204 || status === 409)).toBe(
      true,
    );
    const offset = Number((await head(id)).headers['upload-offset']);
    await patch(id, offset, file.subarray(offset));
    expect(await house.imports.wait(here.id, id)).toMatchObject({ status: 'done', rows_ok: 3_000 });
  });

  it('says what it can, and refuses what it cannot', async () => {
    const options = await house.app.inject({ method: 'OPTIONS', url: '/api/imports/uploads' });
    expect(options.headers).toMatchObject({
      'tus-version': '1.0.0',
      'tus-extension': expect.stringContaining('creation'),
    });
    expect((await begin(10, { 'tus-resumable': '0.2.2' })).statusCode).toBe(412);
    expect((await begin(10, { 'upload-length': 'many' })).json().error.field).toBe('upload-length');
    expect((await begin(10, { 'upload-metadata': 'mapping e30' })).json().error.code).toBe('bad_mapping');
    expect((await begin(3 * 1024 ** 3)).statusCode).toBe(413);
    const made = await begin(10);
    expect(made.statusCode).toBe(201);
    expect(Date.parse(made.headers['upload-expires'] as string)).toBe(
      house.clock.now().getTime() + 86_400_000,
    );
    const id = idOf(made.headers.location as string);
    expect((await patch(id, 5, Buffer.from('x'))).statusCode).toBe(409);
    expect((await patch(id, 0, Buffer.from('far too much'))).statusCode).toBe(413);
    const url = `/api/imports/uploads/${id}`;
    const text = { ...tus, 'upload-offset': '0', 'content-type': 'text/plain' };
    expect((await house.app.inject({ method: 'PATCH', url, headers: text, payload: 'x' })).statusCode).toBe(
      415,
    );
    expect((await house.app.inject({ method: 'DELETE', url, headers: tus })).statusCode).toBe(204);
    expect((await head(id)).statusCode).toBe(404);
    expect((await head(crypto.randomUUID())).statusCode).toBe(404);
  });

  it('ends by itself when the process was killed before its last step, and is thrown away when abandoned', async () => {
    const file = customers(10, 'killed');
    const id = idOf((await begin(file.length)).headers.location as string);
    await patch(id, 0, file.subarray(0, 20));
    const left = idOf((await begin(99)).headers.location as string);
    // As it lies after a kill: the last bytes are there, and said to be, and no more.
    const { writeFileSync } = await import('node:fs');
    const folder = join(house.dataDir, 'imports');
    writeFileSync(join(folder, `${id}.part`), file);
    await house.engine.postgres.pool.query('UPDATE import_uploads SET received = bytes WHERE id = $1', [id]);
    const other = createImports(house.engine, house.below);
    await other.start?.();
    await expect.poll(async () => (await other.list(here.id)).some((one) => one.id === id)).toBe(true);
    expect(await other.wait(here.id, id)).toMatchObject({ status: 'done', rows_ok: 10 });
    await other.stop?.();
    house.clock.advance(25 * 60 * 60 * 1000);
    const later = createImports(house.engine, house.below);
    await later.start?.();
    await expect.poll(() => readdirSync(folder).includes(`${left}.part`)).toBe(false);
    expect((await head(left)).statusCode).toBe(404);
    await later.stop?.();
  });
});
