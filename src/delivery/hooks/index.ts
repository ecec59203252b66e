import { sql } from 'kysely';
import { Problem } from '../../engine/index.ts';
import type { Accounts, StoredAccount } from '../accounts.ts';
import { isSigned, toldByMailchimp, tryOut } from './mailchimp_transactional.ts';
import { createReceiving, type ReceiveNeeds } from './receive.ts';
import { toldBySes } from './ses.ts';
import { createSns, type FetchText } from './sns.ts';
import type { HookStanding } from './standing.ts';

export { hookRoutes } from './routes.ts';
export type { FetchText } from './sns.ts';
export { createHookStanding, type HookStanding } from './standing.ts';

interface HookNeeds extends ReceiveNeeds {
  accounts: Pick<Accounts, 'byId'>;
  standing: HookStanding;
  /** Reads Amazon's certificates, and confirms. */
  fetchText?: FetchText | undefined;
}

/** What providers tell of emails, checked for who says it. */
export function createHooks(needs: HookNeeds) {
  const { engine, db, accounts, standing } = needs;
  const receive = createReceiving(needs);
  const sns = createSns(needs.fetchText);

  /** The first topic that knows the account's address is the account's from then on. */
  async function pin(account: StoredAccount, topic: string): Promise<void> {
    const { rows } = await sql<{ topic: string }>`
      UPDATE accounts
      SET settings = CASE WHEN settings ? 'topic_arn' THEN settings
                     ELSE settings || jsonb_build_object('topic_arn', ${topic}::text) END
      WHERE id = ${account.id} RETURNING settings ->> 'topic_arn' AS topic`.execute(db);
    if (rows[0]?.topic === topic) return;
    throw new Problem(403, 'other_topic', `A message of another topic of Amazon SNS was refused: ${topic}.`, {
      hint: `This account hears ${rows[0]?.topic ?? 'none'}. Enter the other one in its settings, or take it away there to hear the next that confirms.`,
    });
  }

  return {
    standing,

    /** The account an address names, if there is one. */
    async accountOf(token: string): Promise<StoredAccount | undefined> {
      const id = standing.accountOf(token);
      return id === undefined ? undefined : accounts.byId(id);
    },

    /** @throws Problem */
    async fromSes(account: StoredAccount, body: string): Promise<void> {
      const message = await sns.read(body);
      if (account.settings.topic_arn !== message.TopicArn) await pin(account, message.TopicArn);
      switch (message.Type) {
        case 'SubscriptionConfirmation':
          return sns.confirm(message);
        case 'UnsubscribeConfirmation':
          throw new Problem(
            410,
            'unsubscribed',
            `The topic ${message.TopicArn} does not send here any more.`,
            {
              hint: 'Its subscription was deleted. Subscribe the address again to hear what becomes of emails.',
            },
          );
        case 'Notification': {
          const told = toldBySes(message.Message);
          return receive(account.id, told ? [told] : []);
        }
      }
    },

    /** @throws Problem */
    async fromMailchimp(account: StoredAccount, body: string, signature: string): Promise<void> {
      const form = new URLSearchParams(body);
      const events = form.get('mandrill_events') ?? '';
      if (events === tryOut) return;
      const sealed = account.secrets.webhook_key;
      if (!sealed) {
        throw new Problem(
          503,
          'no_webhook_key',
          'Mailchimp called, and the key of its webhook was not entered yet.',
          {
            hint: 'Enter the key that Mailchimp shows beside the webhook. What is told meanwhile comes again.',
            retryAfter: 300,
          },
        );
      }
      if (!isSigned(engine.secrets.open(sealed), standing.urlOf(account.kind, account.id), form, signature)) {
        throw new Problem(
          403,
          'not_signed',
          'A call was refused: its signature is not by the key of the webhook.',
          {
            hint: 'Enter the key that Mailchimp shows beside the webhook, and there the address exactly as it is shown here.',
          },
        );
      }
      const read = toldByMailchimp(events);
      if (!read)
        throw new Problem(400, 'not_events', 'mandrill_events: is not a list of events', {
          field: 'mandrill_events',
        });
      if (read.unread > 0)
        engine.log.warn(
          { account: account.id, unread: read.unread },
          'events of Mailchimp could not be read',
        );
      await receive(account.id, read.told);
    },
  };
}
export type Hooks = ReturnType<typeof createHooks>;
