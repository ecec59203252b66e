import type { Secrets } from '../engine/index.ts';

type Signing = Pick<Secrets, 'sign' | 'verify'>;

/** A UUID in 22 characters. */
const shortOf = (id: string): string => Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url');

/** What is signed: the id, and whatever else the link says. */
const said = (short: string, more: string) => (more === '' ? short : `${short}\n${more}`);

/** `<id>.<signature>`: what a link names a row by. It names no address, tells nothing to whoever sees it, and cannot be guessed. */
export function tokenOf({ sign }: Signing, purpose: string, id: string, more = ''): string {
  const short = shortOf(id);
  return `${short}.${sign(purpose, said(short, more))}`;
}

/** The id a token names, or undefined when we did not sign it for this purpose. */
export function idIn({ verify }: Signing, purpose: string, token: string, more = ''): string | undefined {
  const [short = '', signature = '', ...rest] = token.split('.');
  const bytes = Buffer.from(short, 'base64url');
  if (bytes.length !== 16 || rest.length > 0 || !verify(purpose, said(short, more), signature))
    return undefined;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
