import { randomUUID } from 'node:crypto';
import { Problem } from '../engine/index.ts';
import type { Accounts, StoredAccount } from './accounts.ts';
import { unsubscribeHeaders } from './compose.ts';
import type { RenderedEmail } from './providers/index.ts';
import type { Template, TemplateProblem } from './schema.ts';
import { storable } from './storable.ts';
import { previewEmail } from './unsubscribe.ts';
import { badTemplate } from './versions.ts';

interface TestSendNeeds {
  accounts: Pick<Accounts, 'get' | 'ensureDefault'>;
  preview: (
    workspace: string,
    template: Template,
    person?: string,
  ) => Promise<Pick<RenderedEmail, 'subject' | 'html' | 'text'> & { broken: TemplateProblem | undefined }>;
  isSuppressed: (workspace: string, address: string) => Promise<boolean>;
  unsubscribeUrl: (email: string) => string;
  sendBeside: (
    account: StoredAccount,
    id: string,
    email: Pick<RenderedEmail, 'to' | 'subject' | 'html' | 'text' | 'headers'>,
  ) => Promise<{ messageId: string }>;
}

/** A template, for whom it is to be rendered, and where it goes. */
export interface TestSend {
  template: Template;
  person?: string | undefined;
  account?: string | undefined;
  to: string;
}

/** Sends what a preview shows to one address, beside the ledger: nobody got it, and nobody is told. */
export function createTestSend({
  accounts,
  preview,
  isSuppressed,
  unsubscribeUrl,
  sendBeside,
}: TestSendNeeds) {
  /** @throws Problem 400 for a template that cannot be rendered, 409 for a suppressed address, 502 in the provider's words */
  return async function testSend(workspace: string, { template, person, account, to }: TestSend) {
    const through = account
      ? await accounts.get(workspace, account)
      : await accounts.ensureDefault(workspace);
    const { subject, html, text, broken } = await preview(workspace, template, person);
    if (broken) throw badTemplate(broken);
    if (!subject) throw new Problem(400, 'empty_subject', 'The subject is empty.', { field: 'subject' });
    if (await isSuppressed(workspace, to)) {
      throw new Problem(409, 'suppressed', `${to} is never written to: the address is suppressed.`, {
        field: 'to',
        hint: 'Send the test to another address.',
      });
    }
    const { messageId } = await sendBeside(through, randomUUID(), {
      to,
      subject: storable(subject),
      html: storable(html),
      text: storable(text),
      headers: unsubscribeHeaders(unsubscribeUrl(previewEmail)),
    });
    return { message_id: messageId, account: { id: through.id, name: through.name, kind: through.kind } };
  };
}
