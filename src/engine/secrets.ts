import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { Problem } from './problem.ts';

/**
 * The one root secret of an installation, and what is derived from it. It comes from `RAPPORT_SECRET`
 * (64 hex digits) or is generated into `secret.key` of the data directory, readable by its owner only.
 * Losing it makes stored credentials unreadable and unsubscribe links invalid, so it belongs in backups.
 */
export interface Secrets {
  /** A key of its own for each purpose (HKDF-SHA256, RFC 5869). */
  key(purpose: string): Buffer;
  /** Encrypts text at rest: AES-256-GCM, `v1.` + base64url(nonce ‖ tag ‖ ciphertext). */
  seal(text: string): string;
  /** Reverses `seal`. Throws a Problem when the text was sealed with another secret. */
  open(sealed: string): string;
  /** HMAC-SHA256 over the text under the purpose's key, base64url. */
  sign(purpose: string, text: string): string;
  /** Compares in constant time. */
  verify(purpose: string, text: string, signature: string): boolean;
}

function secretsFrom(root: Buffer): Secrets {
  // Deriving takes 50 µs, and there are as many purposes as places that name one.
  const derived = new Map<string, Buffer>();
  const key = (purpose: string) => {
    const known = derived.get(purpose) ?? Buffer.from(hkdfSync('sha256', root, '', `rapport:${purpose}`, 32));
    derived.set(purpose, known);
    return known;
  };
  const sealing = key('seal');
  // As a Buffer the key is looked at anew for each signature: 11 µs instead of 1.6, and every email has two.
  const signing = new Map<string, KeyObject>();
  function sign(purpose: string, text: string): string {
    const known = signing.get(purpose) ?? createSecretKey(key(purpose));
    signing.set(purpose, known);
    return createHmac('sha256', known).update(text).digest('base64url');
  }
  return {
    key,
    sign,
    seal(text) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', sealing, nonce);
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return `v1.${Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url')}`;
    },
    open(sealed) {
      try {
        if (!sealed.startsWith('v1.')) throw new Error('not sealed by Rapport');
        const bytes = Buffer.from(sealed.slice(3), 'base64url');
        const cipher = createDecipheriv('aes-256-gcm', sealing, bytes.subarray(0, 12));
        cipher.setAuthTag(bytes.subarray(12, 28));
        return Buffer.concat([cipher.update(bytes.subarray(28)), cipher.final()]).toString('utf8');
      } catch (cause) {
        throw new Problem(500, 'secret_unreadable', 'A stored credential cannot be decrypted.', {
          hint: 'Restore the secret.key (or RAPPORT_SECRET) it was stored with, or enter the credential again.',
          cause,
        });
      }
    },
    verify(purpose, text, signature) {
      const expected = Buffer.from(sign(purpose, text));
      const given = Buffer.from(signature);
      return expected.length === given.length && timingSafeEqual(expected, given);
    },
  };
}

/** Reads the root secret, or makes it on first start. */
export function loadSecrets(dataDir: string, env: NodeJS.ProcessEnv = process.env): Secrets {
  const given = env.RAPPORT_SECRET;
  if (given !== undefined) {
    if (!/^[0-9a-f]{64}$/i.test(given)) {
      throw new Problem(400, 'bad_secret', 'RAPPORT_SECRET must be 64 hexadecimal digits.', {
        hint: 'Make one with: openssl rand -hex 32',
      });
    }
    return secretsFrom(Buffer.from(given, 'hex'));
  }
  const file = join(dataDir, 'secret.key');
  if (!existsSync(file)) {
    if (existsSync(join(dataDir, 'postgres'))) {
      throw new Problem(409, 'secret_missing', `${file} is missing, but the data directory is not new.`, {
        hint:
          'Restore it from a backup. To go on without it, put 64 new hexadecimal digits there (openssl rand -hex 32): ' +
          'then stored passwords must be entered again, and unsubscribe links sent so far stop working.',
      });
    }
    writeDurably(file, randomBytes(32).toString('hex'));
  }
  chmodSync(file, 0o600);
  return secretsFrom(Buffer.from(readFileSync(file, 'utf8').trim(), 'hex'));
}

/** Written aside, synced and renamed: the file is whole or not there. */
function writeDurably(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600, flush: true });
  renameSync(`${file}.new`, file);
  const folder = openSync(dirname(file), 'r');
  fsyncSync(folder);
  closeSync(folder);
}
