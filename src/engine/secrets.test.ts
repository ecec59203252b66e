import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { loadSecrets, replaceSecret, type Secrets, secretsFrom } from './secrets.ts';

const folder = mkdtempSync(join(tmpdir(), 'rapport-secrets-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let folders = 0;
const newFolder = () => {
  const made = join(folder, String(folders++));
  mkdirSync(made);
  return made;
};
const hex = () => randomBytes(32).toString('hex');
const opened = (secrets: Secrets, sealed: string) => {
  try {
    return secrets.open(sealed);
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('a secret that was replaced', () => {
  test('still verifies and opens; what is new is by the newest alone', () => {
    const root = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes));
    const roots = fc.uniqueArray(root, {
      minLength: 2,
      maxLength: 5,
      selector: (one) => one.toString('hex'),
    });
    fc.assert(
      fc.property(roots, fc.string(), fc.string(), (all, purpose, text) => {
        const [stranger, newest, ...old] = all as [Buffer, Buffer, ...Buffer[]];
        const now = secretsFrom([newest, ...old]);
        for (const known of [newest, ...old]) {
          const then = secretsFrom([known]);
          expect(now.verify(purpose, text, then.sign(purpose, text))).toBe(true);
          expect(now.signatures(purpose, text)).toContain(then.sign(purpose, text));
          expect(now.open(then.seal(text))).toBe(text);
        }
        expect(secretsFrom([newest]).verify(purpose, text, now.sign(purpose, text))).toBe(true);
        expect(opened(secretsFrom([newest]), now.seal(text))).toBe(text);
        const forged = secretsFrom([stranger]);
        expect(now.verify(purpose, text, forged.sign(purpose, text))).toBe(false);
        expect(now.verify(`${purpose}.`, text, now.sign(purpose, text))).toBe(false);
        expect(opened(now, forged.seal(text))).toBe('secret_unreadable');
      }),
    );
  });

  test('stays in the file below the new one, which only its owner may read', () => {
    const dataDir = newFolder();
    const first = loadSecrets(dataDir, {});
    const [link, sealed] = [first.sign('unsubscribe', 'one'), first.seal('password')];
    expect(replaceSecret(dataDir)).toBe(2);
    expect(replaceSecret(dataDir)).toBe(3);
    const later = loadSecrets(dataDir, {});
    expect(later.verify('unsubscribe', 'one', link)).toBe(true);
    expect(later.sign('unsubscribe', 'one')).not.toBe(link);
    expect(later.open(sealed)).toBe('password');
    expect(readFileSync(join(dataDir, 'secret.key'), 'utf8')).toMatch(/^([0-9a-f]{64}\n){3}$/);
    expect(statSync(join(dataDir, 'secret.key')).mode & 0o777).toBe(0o600);
  });

  test('is given by RAPPORT_OLD_SECRETS, beside RAPPORT_SECRET and beside the file', () => {
    const [one, two, three] = [hex(), hex(), hex()];
    const sealed = loadSecrets(newFolder(), { RAPPORT_SECRET: one }).seal('password');
    const env = { RAPPORT_OLD_SECRETS: ` ${three}, ${one.toUpperCase()},` };
    expect(loadSecrets(newFolder(), { ...env, RAPPORT_SECRET: two }).open(sealed)).toBe('password');
    expect(loadSecrets(newFolder(), env).open(sealed)).toBe('password');
  });

  test('what is no secret is named, and a directory without one has nothing to replace', () => {
    const broken = newFolder();
    writeFileSync(join(broken, 'secret.key'), `${hex()}\nabc\n`);
    expect(() => loadSecrets(broken, {})).toThrow('secret.key must be 64');
    expect(() => loadSecrets(newFolder(), { RAPPORT_OLD_SECRETS: 'abc' })).toThrow('RAPPORT_OLD_SECRETS');
    expect(() => replaceSecret(newFolder())).toThrow(expect.objectContaining({ code: 'no_secret' }));
  });
});
