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
 * The root secret of an installation, and what is derived from it. It comes from `RAPPORT_SECRET` (64 hex digits) or
 * is generated into `secret.key` of the data directory, readable by its owner only. Losing it makes stored
 * credentials unreadable and unsubscribe links invalid, so it belongs in backups.
 *
 * A secret that was replaced stays known (further lines of the file, or `RAPPORT_OLD_SECRETS`): nothing new is
 * signed or sealed with it, but emails sent years ago have links signed with it.
 */
export interface Secrets {
  /** A key of its own for each purpose (HKDF-SHA256, RFC 5869), by the newest secret. */
  key(purpose: string): Buffer;
  /** The same by every secret, the newest first: for hashes that are stored and looked up. */
  keys(purpose: string): readonly Buffer[];
  /** Encrypts text at rest: AES-256-GCM, `v1.` + base64url(nonce ‖ tag ‖ ciphertext). */
  seal(text: string): string;
  /** Reverses `seal`. Throws a Problem when the text was sealed with a secret that is not known. */
  open(sealed: string): string;
  /** HMAC-SHA256 over the text under the purpose's key, base64url. */
  sign(purpose: string, text: string): string;
  /** What `sign` gives, or gave before the secret was replaced; the newest first. */
  signatures(purpose: string, text: string): readonly string[];
  /** Whether one of `signatures` is this. Compares in constant time. */
  verify(purpose: string, text: string, signature: string): boolean;
}

/** @param roots the newest first */
export function secretsFrom([newest, ...old]: readonly [Buffer, ...Buffer[]]): Secrets {
  const roots = [newest, ...old].map(secretsOf) as [RootSecrets, ...RootSecrets[]];
  const [current] = roots;
  return {
    key: current.key,
    keys: (purpose) => roots.map(({ key }) => key(purpose)),
    seal: current.seal,
    sign: current.sign,
    signatures: (purpose, text) => roots.map(({ sign }) => sign(purpose, text)),
    open(sealed) {
      let cause: unknown;
      for (const { open } of roots) {
        try {
          return open(sealed);
        } catch (error) {
          cause ??= error;
        }
      }
      throw new Problem(500, 'secret_unreadable', 'A stored credential cannot be decrypted.', {
        hint: 'Restore the secret.key (or RAPPORT_SECRET) it was stored with, or enter the credential again.',
        cause,
      });
    },
    verify: (purpose, text, signature) => roots.some(({ sign }) => isSame(sign(purpose, text), signature)),
  };
}

type RootSecrets = ReturnType<typeof secretsOf>;

function secretsOf(root: Buffer) {
  // Deriving takes 50 µs, and there are as many purposes as places that name one.
  const derived = new Map<string, Buffer>();
  const key = (purpose: string) => {
    const known = derived.get(purpose) ?? Buffer.from(hkdfSync('sha256', root, '', `rapport:${purpose}`, 32));
    derived.set(purpose, known);
    return known;
  };
  const sealing = key('seal');
  // A key that is made ready once signs in 2 µs; out of a buffer it takes 12, and each email needs several.
  const signing = new Map<string, KeyObject>();
  const sign = (purpose: string, text: string) => {
    const ready = signing.get(purpose) ?? createSecretKey(key(purpose));
    signing.set(purpose, ready);
    return createHmac('sha256', ready).update(text).digest('base64url');
  };
  return {
    key,
    sign,
    seal(text: string) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', sealing, nonce);
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return `v1.${Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url')}`;
    },
    open(sealed: string): string {
      if (!sealed.startsWith('v1.')) throw new Error('not sealed by Rapport');
      const bytes = Buffer.from(sealed.slice(3), 'base64url');
      const cipher = createDecipheriv('aes-256-gcm', sealing, bytes.subarray(0, 12));
      cipher.setAuthTag(bytes.subarray(12, 28));
      return Buffer.concat([cipher.update(bytes.subarray(28)), cipher.final()]).toString('utf8');
    },
  };
}

function isSame(expected: string, given: string): boolean {
  const [one, other] = [Buffer.from(expected), Buffer.from(given)];
  return one.length === other.length && timingSafeEqual(one, other);
}

/** Where the root secret is kept: one a line, the newest first. */
const fileIn = (dataDir: string) => join(dataDir, 'secret.key');

function rootOf(hex: string, where: string): Buffer {
  if (/^[0-9a-f]{64}$/i.test(hex)) return Buffer.from(hex, 'hex');
  throw new Problem(400, 'bad_secret', `${where} must be 64 hexadecimal digits.`, {
    hint: 'Make one with: openssl rand -hex 32',
  });
}

const linesOf = (file: string) =>
  readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

/** Reads the root secret, or makes it on first start; with those it replaced. */
export function loadSecrets(dataDir: string, env: NodeJS.ProcessEnv = process.env): Secrets {
  const old = (env.RAPPORT_OLD_SECRETS ?? '')
    .split(',')
    .map((hex) => hex.trim())
    .filter((hex) => hex !== '')
    .map((hex) => rootOf(hex, 'Each of RAPPORT_OLD_SECRETS'));
  if (env.RAPPORT_SECRET !== undefined)
    return secretsFrom([rootOf(env.RAPPORT_SECRET, 'RAPPORT_SECRET'), ...old]);
  const file = fileIn(dataDir);
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
  const [newest = '', ...replaced] = linesOf(file);
  const line = (hex: string) => rootOf(hex, `Each line of ${file}`);
  return secretsFrom([line(newest), ...replaced.map(line), ...old]);
}

/**
 * Puts a new root secret before those of the data directory, which a start reads. Nothing is lost should it be
 * killed: the file is the old one or the new one.
 * @returns how many secrets are known from now on
 * @throws Problem 409 where there is none yet
 */
export function replaceSecret(dataDir: string): number {
  const file = fileIn(dataDir);
  if (!existsSync(file)) {
    throw new Problem(409, 'no_secret', `${file} is not there, so there is no secret to replace.`, {
      hint: 'Name the data directory with --data; its first start makes a secret.',
    });
  }
  const lines = [randomBytes(32).toString('hex'), ...linesOf(file)];
  writeDurably(file, `${lines.join('\n')}\n`);
  return lines.length;
}

/** Written aside, synced and renamed: the file is whole or not there. */
function writeDurably(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600, flush: true });
  renameSync(`${file}.new`, file);
  const folder = openSync(dirname(file), 'r');
  fsyncSync(folder);
  closeSync(folder);
}
