import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RapportProcess, runCommand, startProcess } from '../support/process.ts';

const folder = mkdtempSync(join(tmpdir(), 'rapport-cli-'));
const dataDir = join(folder, 'data');
let rapport: RapportProcess;
beforeAll(async () => {
  rapport = await startProcess(dataDir);
});
afterAll(async () => {
  await rapport?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('starting', () => {
  test('the first start prints a sign-in link; secrets are for the owner only', () => {
    expect(rapport.output()).toMatch(/Sign in with this link[\s\S]*http:\/\/127\.0\.0\.1:\d+\/auth\//);
    for (const file of ['secret.key', 'server.json', 'postgres.password']) {
      expect(`${file} ${(statSync(join(dataDir, file)).mode & 0o777).toString(8)}`).toBe(`${file} 600`);
    }
  });

  test('a second start on the same directory names the process that holds it', async () => {
    const { code, stderr } = await runCommand(['start', '--data', dataDir, '--port', '0']);
    expect(code).toBe(1);
    expect(stderr).toContain(`process id ${rapport.pid}`);
    expect(stderr).toContain('--data');
  });

  test('a taken port is told at once, with what to do', async () => {
    const taken = createServer();
    await new Promise<void>((done) => taken.listen(0, '127.0.0.1', done));
    const { port } = taken.address() as { port: number };
    const { code, stderr } = await runCommand([
      'start',
      '--data',
      join(folder, 'other'),
      '--port',
      String(port),
    ]);
    taken.close();
    expect(code).toBe(1);
    expect(stderr).toContain(`Port ${port} on 127.0.0.1 is taken`);
    expect(stderr).toContain('--port');
  });

  test('a data directory that cannot be one is named', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const { code, stderr } = await runCommand(['start', '--data', file, '--port', '0']);
    expect(code).toBe(1);
    expect(stderr).toContain(file);
  });

  test('an engine server that does not answer is named, without its password', async () => {
    const env = { DATABASE_URL: 'postgres://user:hush@127.0.0.1:9/nothing' };
    const args = ['start', '--data', join(folder, 'remote'), '--port', '0'];
    const { code, stderr } = await runCommand(args, env, /trying again/);
    expect(code).toBe(130);
    expect(stderr).toContain('127.0.0.1:9');
    expect(stderr).not.toContain('hush');
  });

  test('Ctrl-C stops cleanly within 10 s, and the next start finds everything', async () => {
    const own = join(folder, 'own');
    mkdirSync(own);
    const first = await startProcess(own);
    const { key } = await first.client.post<{ key: string }>('/api/keys', { kind: 'write', name: 'x' });
    await fetch(`${first.url}/v1/track`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ event: 'Kept', userId: 'u', writeKey: key }),
    });
    const begun = performance.now();
    expect(await first.stop()).toBe(0);
    expect(performance.now() - begun).toBeLessThan(10_000);
    const second = await startProcess(own);
    const { items } = await second.client.get<{ items: { name: string; count: number }[] }>(
      '/api/metrics/events',
    );
    expect(items).toMatchObject([{ name: 'Kept', count: 1 }]);
    await second.stop();
  });

  test('a lost secret.key stops the start and says what depends on it', async () => {
    const own = join(folder, 'lost');
    await (await startProcess(own)).stop();
    rmSync(join(own, 'secret.key'));
    const { code, stderr } = await runCommand(['start', '--data', own, '--port', '0']);
    expect(code).toBe(1);
    expect(stderr).toContain('secret.key is missing');
    expect(stderr).toContain('unsubscribe links');
  });
});

describe('commands', () => {
  test('replace-secret keeps the old one, and says what to do', async () => {
    const own = join(folder, 'replaced');
    await (await startProcess(own)).stop();
    const old = readFileSync(join(own, 'secret.key'), 'utf8').trim();
    const { code, stdout } = await runCommand(['replace-secret', '--data', own]);
    expect(code).toBe(0);
    expect(stdout).toContain('restart Rapport');
    const [, below] = readFileSync(join(own, 'secret.key'), 'utf8').split('\n');
    expect(below).toBe(old);
    await (await startProcess(own)).stop();
    const given = await runCommand(['replace-secret', '--data', own], { RAPPORT_SECRET: old });
    expect(given.code).toBe(1);
    expect(given.stderr).toContain('replace-secret --help');
  });

  test('help lists every command; each has help of its own', async () => {
    const { stdout, code } = await runCommand(['--help']);
    expect(code).toBe(0);
    for (const name of ['start', 'demo', 'import', 'keys', 'sign-in-link', 'generate', 'openapi']) {
      expect(stdout).toContain(name);
      expect((await runCommand([name, '--help'])).stdout).toContain('Usage: rapport');
    }
  });

  test('import takes a file in and lists its bad rows', async () => {
    const file = join(folder, 'people.csv');
    writeFileSync(file, 'First Name,Email,LTV\nAnn,ann@shop.example,12.5\nBob,bob at shop,1\n');
    const { stdout, code } = await runCommand(['import', file, '--data', dataDir]);
    expect(code).toBe(0);
    expect(stdout).toContain('people.csv: 2 rows, 1 taken, 1 bad');
    expect(stdout).toMatch(/line 3.*email/i);
    const { total } = await rapport.client.get<{ total: number }>('/api/people');
    expect(total).toBe(1);
  });

  test('a file without an e-mail column, an empty and a binary one are refused with the reason', async () => {
    const cases: [string, string | Buffer, RegExp][] = [
      ['no-email.csv', 'First Name,City\nAnn,Rome\n', /e-?mail/i],
      ['empty.csv', '', /empty/i],
      ['binary.csv', Buffer.from([0x50, 0x4b, 3, 4, 0, 0, 0, 1, 2]), /Excel|zip|binary/i],
    ];
    for (const [name, content, reason] of cases) {
      const file = join(folder, name);
      writeFileSync(file, content);
      const { stderr, code } = await runCommand(['import', file, '--data', dataDir]);
      expect(`${name} ${code}`).toBe(`${name} 1`);
      expect(stderr).toMatch(reason);
    }
  });

  test('keys are made, listed without their text, and revoked', async () => {
    const made = await runCommand(['keys', 'create', '--data', dataDir, '--kind', 'api', '--name', 'ci']);
    const key = made.stdout.trim();
    expect(key).toMatch(/^ra_/);
    const { items } = await rapport.client.get<{ items: { id: string; name: string }[] }>('/api/keys');
    const id = items.find(({ name }) => name === 'ci')?.id ?? '';
    const listed = await runCommand(['keys', '--data', dataDir]);
    expect(listed.stdout).toContain(id);
    expect(listed.stdout).not.toContain(key);
    const me = () => fetch(`${rapport.url}/api/me`, { headers: { authorization: `Bearer ${key}` } });
    expect((await me()).status).toBe(200);
    expect((await runCommand(['keys', 'revoke', id, '--data', dataDir])).code).toBe(0);
    expect((await me()).status).toBe(401);
  });

  test('a sign-in link signs in once', async () => {
    const { stdout } = await runCommand(['sign-in-link', '--data', dataDir]);
    const open = () => fetch(stdout.trim(), { redirect: 'manual' });
    const first = await open();
    const cookie = first.headers
      .getSetCookie()
      .map((one) => one.split(';')[0])
      .join('; ');
    const me = await fetch(`${rapport.url}/api/me`, { headers: { cookie } });
    expect(await me.json()).toMatchObject({ role: 'admin', person: { name: 'Owner' } });
    const second = await open();
    expect(second.headers.getSetCookie().join()).not.toContain('session_token=');
  });

  test('docs/openapi.json is what the routes say (renew it with: npm run openapi)', async () => {
    const now = (await (await fetch(`${rapport.url}/api/openapi.json`)).json()) as object;
    const kept = JSON.parse(readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8'));
    expect(now).toEqual(kept);
  });

  test('without a server a command says how to start one', async () => {
    const { stderr, code } = await runCommand(['keys', '--data', join(folder, 'nowhere')]);
    expect(code).toBe(1);
    expect(stderr).toContain('rapport start');
  });

  test('generate loyalty writes the same files for the same seed', async () => {
    const write = async (name: string) => {
      const out = join(folder, name);
      const args = [
        'generate',
        'loyalty',
        '--out',
        out,
        '--locations',
        '2',
        '--customers-per-location',
        '50',
      ];
      expect((await runCommand([...args, '--seed', '7'])).code).toBe(0);
      const { readdirSync } = await import('node:fs');
      return readdirSync(out).map((file) => readFileSync(join(out, file), 'utf8'));
    };
    expect(await write('a')).toEqual(await write('b'));
  });
});
