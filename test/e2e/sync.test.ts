import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Mailchimp, startMailchimp } from '../support/mailchimp/server.ts';
import { type RapportProcess, runCommand, startProcess } from '../support/process.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'rapport-sync-'));
let mailchimp: Mailchimp;
let rapport: RapportProcess;
beforeAll(async () => {
  mailchimp = await startMailchimp();
  process.env.RAPPORT_MAILCHIMP_URL = mailchimp.url;
  process.env.RAPPORT_ALLOW_INTERNAL = '1';
  rapport = await startProcess(dataDir);
});
afterAll(async () => {
  await rapport?.stop();
  await mailchimp?.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const command = (...args: string[]) => runCommand([...args, '--data', dataDir]);
async function connect(name: string, list: string) {
  const { id } = await rapport.client.post<{ id: string }>('/api/connections', {
    name,
    kind: 'mailchimp',
    settings: { list },
    credentials: { key: mailchimp.account.key },
  });
  return id;
}

test('without connections, the list says where to make one', async () => {
  const { stdout, code } = await command('connections');
  expect(`${code} ${stdout}`).toMatch(/^0 No connections yet/);
  expect((await command('sync', '--all')).code).toBe(0);
});

test('one by its name or id, all, the whole list; states in a table', async () => {
  const then = Date.now() - 86_400_000;
  const friends = mailchimp.account.addList({ id: 'friends' });
  friends.addMany(
    1_200,
    (n) => ({ email: `f${n}@shop.example`, merge: { FNAME: `F${n}` } }),
    then,
    then + 3_600_000,
  );
  mailchimp.account.addList({ id: 'others' }).addMany(2, (n) => ({ email: `o${n}@shop.example` }), then);
  const id = await connect('Friends', 'friends');
  await connect('Others', 'others');
  const first = await command('sync', '--all');
  expect(first).toMatchObject({ code: 0, stderr: '' });
  expect(first.stdout).toMatch(/^Friends: in sync as of \S+Z; /m);
  expect(first.stdout).toMatch(/^Others: in sync as of /m);

  const again = await command('sync', 'Friends');
  expect(again.stdout).toMatch(/^Friends: in sync as of \S+; nothing changed; 1 calls, /);
  friends.deletePermanently('f7@shop.example');
  const whole = await command('sync', id, '--full');
  expect(whole.stdout).toMatch(/1,\d{3} read, 0 changed, 1 removed; \d+ calls/);

  const { stdout } = await command('connections');
  expect(stdout).toMatch(/^id +name +state +lag +in sync as of +records +trouble/);
  expect(stdout).toMatch(new RegExp(`^${id} +Friends +in_sync +\\d+ s +\\S+Z +1,199$`, 'm'));
});

test('one that fails is told with its trouble, and the exit code is 1', async () => {
  mailchimp.account.revoke();
  const { code, stdout } = await command('sync', 'Friends');
  expect(code).toBe(1);
  expect(stdout).toContain('refuses the key');
  expect(stdout).toContain('put it in here');
  expect(stdout).not.toContain(mailchimp.account.key);
  expect((await command('connections')).stdout).toMatch(/credentials_refused .*refuses the key/);
  mailchimp.account.restore();
  expect((await command('sync', '--all')).code).toBe(0);
});

test('wrong use is told', async () => {
  for (const args of [['sync'], ['sync', 'Friends', '--all']]) {
    expect(await command(...args)).toMatchObject({ code: 2, stderr: expect.stringContaining('--all') });
  }
  const { code, stderr } = await command('sync', 'Nobody');
  expect(code).toBe(1);
  expect(stderr).toContain('rapport connections');
  expect((await runCommand(['sync', '--help'])).stdout).toContain('--full');
});
