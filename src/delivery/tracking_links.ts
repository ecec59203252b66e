import type { Engine } from '../engine/index.ts';
import { idIn, tokenOf } from './tokens.ts';
import type { Link } from './tracking_marks.ts';

const opened = 'opened';
const clicked = 'clicked';
const suffix = '.gif';

/**
 * The addresses by which an email tells that it was opened and which link was clicked. Where a click leads is in the link and
 * signed with it: nobody can make us lead elsewhere, and a link goes on to work whatever becomes of its template.
 */
export function createTrackedLinks({ baseUrl, secrets }: Pick<Engine, 'baseUrl' | 'secrets'>) {
  // Whoever unsubscribes or confirms is not to be followed.
  const ours = ['u', 'c', 'o', 'confirm'].map((path) => `${baseUrl}/${path}/`);

  return {
    /** What becomes of a link of this email. */
    click(email: string, { written, url, encoded }: Link): string {
      if (ours.some((prefix) => url.startsWith(prefix))) return written;
      return `${baseUrl}/c/${tokenOf(secrets, clicked, email, url)}?u=${encoded}`;
    },

    /** The HTML with a picture of one transparent pixel at its end. */
    withPixel(html: string, email: string): string {
      const image = `<img src="${baseUrl}/o/${tokenOf(secrets, opened, email)}${suffix}" width="1" height="1" alt="" style="border:0">`;
      const end = html.lastIndexOf('</body');
      return end < 0 ? html + image : html.slice(0, end) + image + html.slice(end);
    },

    /** Which email's pixel this is; undefined when it is none of ours. */
    readPixel: (file: string): string | undefined =>
      file.endsWith(suffix) ? idIn(secrets, opened, file.slice(0, -suffix.length)) : undefined,

    /** Which email's link this is; undefined when we did not make it, or it leads elsewhere. */
    readClick: (token: string, url: string): string | undefined => idIn(secrets, clicked, token, url),
  };
}
export type TrackedLinks = ReturnType<typeof createTrackedLinks>;
