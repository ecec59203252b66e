import type { Confirming } from './confirmations.ts';
import { page, safe } from './page_html.ts';
import type { Preferences } from './unsubscribe.ts';

/** What was just done, to be told above everything else. */
type Done = 'unsubscribed' | 'resumed' | 'saved';

const form = (action: string, inside: string) => `<form method="post" action="${action}">${inside}</form>`;
const said = (html: string) => `<p role="status">${html}</p>`;
const named = (address: string) => `<strong>${safe(address)}</strong>`;

/** Where somebody says which emails they want. */
export function preferencesPage(token: string, preferences: Preferences, done?: Done): string {
  const { address, stopped, left, programs } = preferences;
  const at = `/u/${encodeURIComponent(token)}`;
  if (!address) {
    return page(
      'Unsubscribe',
      said(
        'There is nothing to unsubscribe from: this link came from a preview, a test email, or an email we no longer know of.',
      ),
    );
  }
  if (stopped) {
    const undo = stopped === 'by_choice' ? again(at) : '';
    return page(
      'Unsubscribed',
      said(`${named(address)} is off the list. We will not write to it again.`) + undo,
    );
  }
  const status = statusOf(preferences, done);
  const title = done === 'unsubscribed' || (left && !done) ? 'Unsubscribed' : 'Your emails';
  const undo = left && done !== 'saved' ? again(at) : '';
  if (programs.length === 0) {
    const stop = form(at, '<button type="submit">Unsubscribe</button>');
    return page(title, `${status}<p>Stop all emails to ${named(address)}?</p>${stop}`);
  }
  return page(
    title,
    `${status}${undo}
<h2>Emails to ${named(address)}</h2>
${form(`${at}/programs`, `<ul>${programs.map(choice).join('')}</ul><button type="submit" class="quiet">Save</button>`)}
<h2>No emails at all</h2>
${form(`${at}/stop`, '<button type="submit" class="big">Stop all emails</button>')}`,
  );
}

function statusOf({ address, programs, left }: Preferences, done: Done | undefined): string {
  const off = programs.filter(({ subscribed }) => !subscribed).map(({ name }) => name);
  switch (done) {
    case 'unsubscribed':
      return said(`${named(address)} is off the list${off.length > 0 ? ` of ${safe(listed(off))}` : ''}.`);
    case 'resumed':
      return said(`Good to have you back: ${named(address)} gets our emails again.`);
    case 'saved':
      return said('It is saved.');
    default:
      return left && off.length > 0 ? said(`${named(address)} is off the list of ${safe(listed(off))}.`) : '';
  }
}

const listed = (names: readonly string[]) => new Intl.ListFormat('en').format(names);

const again = (at: string) =>
  form(`${at}/resume`, '<button type="submit" class="quiet">That was a mistake: subscribe again</button>');

const choice = ({ id, name, subscribed }: Preferences['programs'][number]) =>
  `<li><label><input type="checkbox" name="program" value="${id}"${subscribed ? ' checked' : ''}>${safe(name)}</label>
<input type="hidden" name="shown" value="${id}"></li>`;

/** Where somebody confirms that they want a program's emails: by a button, since scanners follow links. */
export function confirmPage({ state, address, program }: Confirming): string {
  const who = `${named(address)} gets emails of ${safe(program)}`;
  switch (state) {
    case 'confirmed':
      return page('Confirmed', said(`Thank you: ${who}.`));
    case 'unsubscribed':
      return page(
        'Unsubscribed',
        said(
          `${named(address)} was taken off the list of ${safe(program)} after this email. Sign up again to get its emails.`,
        ),
      );
    case 'pending':
      return page(
        'Confirm your subscription',
        `<p>Shall ${named(address)} get emails of ${safe(program)}?</p>
<form method="post"><button type="submit" class="big">Yes, send me emails</button></form>
<p>If you did not ask for them, close this page: nothing is sent.</p>`,
      );
  }
}
