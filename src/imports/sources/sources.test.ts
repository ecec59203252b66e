import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startS3 } from '../../../test/support/s3.ts';
import { here, type ImportsHouse, openImports } from '../imports.testing.ts';
import { createImports, type Import } from '../index.ts';
import { readNotification } from './events.ts';
import type { ShownSource } from './schema.ts';

const root = mkdtempSync(join(tmpdir(), 'rapport-watched-'));
let house: ImportsHouse;
beforeAll(async () => {
  house = await openImports({ folder: root, allowInternal: true });
});
afterAll(async () => {
  await house.close();
  rmSync(root, { recursive: true, force: true });
});

const customers = (...names: string[]) =>
  `email,n\n${names.map((name, n) => `${name}${name.includes('@') ? '' : '@example.com'},${n}`).join('\n')}\n`;
const look = () => house.imports.sources.look();
/** As long as a file must lie still, and longer than between two looks. */
const later = () => house.clock.advance(301_000);
const take = async () => {
  for (let n = 0; n < 2; n++) {
    later();
    await look();
  }
};
const importsOf = async (source: ShownSource): Promise<Import[]> => {
  const all = (await house.imports.list(here.id)).filter((one) => one.source === source.id);
  return Promise.all(all.map(({ id }) => house.imports.wait(here.id, id)));
};
const sources = async () => (await house.imports.sources.list(here.id)).items;

describe('a watched folder', () => {
  const folder = join(root, here.name);

  it('is found by the name of its workspace; files are taken when they lie still, and put away', async () => {
    mkdirSync(folder);
    mkdirSync(join(root, 'nobody'));
    writeFileSync(join(folder, 'a.csv'), customers('ann', 'bob'));
    writeFileSync(join(folder, 'half.csv.part'), customers('x'));
    writeFileSync(join(root, 'secret.csv'), customers('secret'));
    symlinkSync(join(root, 'secret.csv'), join(folder, 'link.csv'));
    await look();
    const [source] = await sources();
    expect(source).toMatchObject({ kind: 'folder', place: folder, last_error: null, files: 0 });
    writeFileSync(join(folder, 'a.csv'), customers('ann', 'bob', 'nobody@nowhere'));
    later();
    await look();
    expect(await importsOf(source!)).toEqual([]); // it grew
    later();
    await look();
    const [one] = await importsOf(source!);
    expect(one).toMatchObject({ status: 'done', file_name: 'a.csv', rows_ok: 2, rows_bad: 1 });
    expect(readdirSync(folder)).toContain('a.csv');
    later();
    await look();
    expect(readdirSync(folder).sort()).toEqual(['done', 'half.csv.part', 'link.csv']);
    expect(readFileSync(join(folder, 'done', 'a.csv.errors.csv'), 'utf8')).toMatch(
      /^\ufeffline,.*\r\n4,email,nobody@nowhere,/,
    );
    // The same name again is another file.
    writeFileSync(join(folder, 'a.csv'), customers('cleo'));
    await take();
    expect(await importsOf(source!)).toHaveLength(2);
    later();
    await look();
    expect(existsSync(join(folder, 'done', 'a-2.csv'))).toBe(true);
    expect(existsSync(join(folder, 'done', 'a-2.csv.errors.csv'))).toBe(false);
  });

  it('puts what cannot be read into failed, with the reason beside it', async () => {
    const [source] = await sources();
    writeFileSync(join(folder, 'wrong.csv'), 'name,town\nAnn,Rome\n');
    await take();
    await importsOf(source!);
    later();
    await look();
    expect(readFileSync(join(folder, 'failed', 'wrong.csv.errors.csv'), 'utf8')).toContain(
      'no identity column',
    );
    expect(existsSync(join(folder, 'failed', 'wrong.csv'))).toBe(true);
  });

  it('is looked into by one process at a time, and goes on after a kill', async () => {
    const [source] = await sources();
    const before = (await importsOf(source!)).length;
    writeFileSync(join(folder, 'many.csv'), customers('dan'));
    later();
    await look();
    later();
    const other = createImports(house.engine, house.below, { folder: root });
    await Promise.all([look(), other.sources.look(), other.sources.look()]);
    expect(await importsOf(source!)).toHaveLength(before + 1);
    // As it lies after a kill between taking the file and noting it: taken again, it is the same.
    await house.engine.postgres.pool.query(`UPDATE import_objects SET import = NULL WHERE key = 'many.csv'`);
    later();
    await look();
    const [again] = await importsOf(source!);
    expect(again).toMatchObject({ file_name: 'many.csv', duplicate_of: expect.any(String) });
    later();
    await look();
    expect(existsSync(join(folder, 'done', 'many.csv'))).toBe(true);
  });

  it('is paused, removed and added again', async () => {
    const [source] = await sources();
    await house.imports.sources.change(here.id, source!.id, { paused: true });
    writeFileSync(join(folder, 'later.csv'), customers('eve'));
    await take();
    expect((await importsOf(source!)).map(({ file_name }) => file_name)).not.toContain('later.csv');
    await expect(house.imports.sources.lookNow(here.id, source!.id)).rejects.toMatchObject({ status: 409 });
    await house.imports.sources.change(here.id, source!.id, { paused: false });
    await take();
    expect((await importsOf(source!)).map(({ file_name }) => file_name)).toContain('later.csv');
    await house.imports.sources.remove(here.id, source!.id);
    await look();
    expect(await sources()).toEqual([]);
    const added = await house.imports.sources.add(here.id, { kind: 'folder', name: 'Stores' });
    expect(added).toMatchObject({ place: join(root, here.id), name: 'Stores' });
    expect(await house.imports.sources.test(here.id, added.id)).toEqual({ files: 0, more: false, names: [] });
    await house.imports.sources.remove(here.id, added.id);
  });
});

describe('a bucket', () => {
  const credentials = { access_key_id: 'AKIATEST', secret_access_key: 'secret-of-the-bucket' };
  const post = (url: string, payload: object | string) => house.app.inject({ method: 'POST', url, payload });

  it('has its new objects taken in, once each version', async () => {
    const s3 = await startS3();
    try {
      for (const name of ['a', 'b', 'c', 'd']) s3.put(`customers/${name}.csv`, customers(`s3-${name}`));
      s3.put('customers/', '');
      s3.put('other/x.csv', customers('x'));
      const settings = { url: 's3://exports/customers/', endpoint: s3.url };
      const tested = await post('/api/import-sources/test', { kind: 's3', settings, credentials });
      expect(tested.json()).toEqual({ files: 2, more: true, names: ['customers/a.csv', 'customers/b.csv'] });
      const made = await post('/api/import-sources', { name: 'Exports', kind: 's3', settings, credentials });
      expect(made.statusCode).toBe(201);
      expect(made.body).not.toContain('secret-of-the-bucket');
      const source = made.json() as ShownSource;
      const { rows } = await house.engine.postgres.pool.query(
        'SELECT credentials FROM import_sources WHERE id = $1',
        [source.id],
      );
      expect(rows[0].credentials).toMatch(/^v1\./);

      await look();
      expect((await importsOf(source)).map((one) => [one.file_name, one.rows_ok]).sort()).toEqual([
        ['a.csv', 1],
        ['b.csv', 1],
        ['c.csv', 1],
        ['d.csv', 1],
      ]);
      s3.asked();
      later();
      await look();
      expect(s3.asked().filter((one) => !one.includes('list-type=2'))).toEqual([]);
      s3.put('customers/b.csv', customers('s3-b', 's3-new'));
      s3.put('customers/new & old.csv', customers('s3-e'));
      // A notification is quicker than the next look.
      const event = {
        Records: [
          { eventName: 'ObjectCreated:Put', s3: { bucket: { name: 'exports' }, object: { key: 'x' } } },
        ],
      };
      const path = new URL(source.events_url!).pathname;
      expect((await post(path, { Type: 'Notification', Message: JSON.stringify(event) })).statusCode).toBe(
        204,
      );
      expect((await post(`${path}x`, event)).statusCode).toBe(404);
      await look();
      expect(await importsOf(source)).toHaveLength(6);
      expect((await sources())[0]).toMatchObject({ last_error: null, files: 6 });
      await house.imports.sources.remove(here.id, source.id);
      expect(
        (await house.imports.list(here.id)).filter(({ file_name }) => file_name === 'new & old.csv'),
      ).toHaveLength(1);
    } finally {
      await s3.close();
    }
  });

  it('that cannot be read says why', async () => {
    const s3 = await startS3();
    const test = async (url: string, more = {}) =>
      (
        await post('/api/import-sources/test', {
          kind: 's3',
          settings: { url, endpoint: s3.url },
          credentials,
          ...more,
        })
      ).json().error.message;
    try {
      expect(await test('s3://nowhere/')).toMatch(/no bucket of this name/);
      expect(
        await test('s3://exports/', { credentials: { ...credentials, access_key_id: 'WRONG' } }),
      ).toMatch(/access key is not known/);
      const closed = { url: 's3://exports/', endpoint: 'http://127.0.0.1:1' };
      expect(await test('', { settings: closed })).toMatch(/does not answer/);
      const made = await post('/api/import-sources', {
        name: 'Gone',
        kind: 's3',
        settings: { url: 's3://exports/', endpoint: s3.url },
        credentials,
      });
      await s3.close();
      await look();
      expect((await sources())[0]!.last_error).toMatch(/does not answer/);
      await house.imports.sources.remove(here.id, made.json().id);
    } finally {
      await s3.close().catch(() => {});
    }
  });

  it('inside the network is refused', async () => {
    const { openBucket } = await import('./s3.ts');
    const at = (endpoint: string) =>
      openBucket({ url: 's3://exports/', region: 'us-east-1', endpoint }, credentials, false);
    await expect(at('http://169.254.169.254/')).rejects.toMatchObject({ code: 'internal_address' });
    const named = await at('http://localhost:9/');
    await expect(named.list().next()).rejects.toMatchObject({ code: 'internal_address' });
    named.close();
  });

  it('is announced in several forms', () => {
    const s3 = { bucket: { name: 'b' }, object: { key: 'k' } };
    const plain = { Records: [{ eventName: 's3:ObjectCreated:Put', s3 }] };
    const created = { kind: 'created', buckets: ['b'] };
    expect(readNotification(plain)).toEqual(created);
    expect(readNotification({ Type: 'Notification', Message: JSON.stringify(plain) })).toEqual(created);
    expect(readNotification({ 'detail-type': 'Object Created', detail: s3 })).toEqual(created);
    const nothing = { kind: 'nothing' };
    expect(readNotification({ Event: 's3:TestEvent' })).toEqual(nothing);
    expect(readNotification({ Records: [{ eventName: 'ObjectRemoved:Delete', s3 }] })).toEqual(nothing);
    expect(readNotification({ Type: 'Notification', Message: '{' })).toEqual(nothing);
    expect(readNotification(null)).toEqual(nothing);
    const confirm = (SubscribeURL: string) =>
      readNotification({ Type: 'SubscriptionConfirmation', SubscribeURL });
    const amazon = 'https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=x';
    expect(confirm(amazon)).toEqual({ kind: 'confirm', url: amazon });
    expect(confirm('https://sns.eu-west-1.amazonaws.com.evil.example/')).toEqual(nothing);
    expect(confirm('http://169.254.169.254/')).toEqual(nothing);
  });
});
