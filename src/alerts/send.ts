import { createHmac } from 'node:crypto';
import type { Engine } from '../engine/index.ts';
import { post, Undelivered } from '../engine/index.ts';
import type { ChannelRow } from './tables.ts';
import type { Content } from './words.ts';

/** An email in plain words, from the workspace's default account; answers what was said. */
export type SendEmail = (
  workspace: string,
  email: { id: string; to: string; subject: string; text: string },
) => Promise<string>;

export interface SendNeeds {
  engine: Pick<Engine, 'clock' | 'secrets'>;
  allowInternal: boolean;
  timeoutMs: number;
  sendEmail: () => SendEmail | undefined;
}

export interface Sealed {
  url: string;
  secret?: string;
}

export const openSealed = ({ secrets }: Pick<Engine, 'secrets'>, sealed: string | null): Sealed =>
  JSON.parse(secrets.open(sealed ?? ''));

/**
 * Brings one message to one channel, once.
 * @param id the same each time the same message is sent, for those who must not act twice
 * @returns what the other side said
 * @throws Undelivered
 */
export async function sendTo(
  { engine, allowInternal, timeoutMs, sendEmail }: SendNeeds,
  channel: ChannelRow,
  id: string,
  content: Content,
): Promise<string> {
  if (channel.kind === 'email') {
    const send = sendEmail();
    if (!send) throw new Undelivered('There is nothing here that sends emails.');
    const text = `${content.text}\n\n${content.url}\n`;
    return send(channel.workspace, { id, to: channel.target, subject: content.title, text });
  }
  const { url, secret } = openSealed(engine, channel.sealed);
  if (channel.kind === 'slack') {
    const text = `${slackText(content.text)}\n<${content.url}|Open in Rapport>`;
    return post(url, JSON.stringify({ text }), { allowInternal, timeoutMs });
  }
  const body = JSON.stringify({ id, ...content });
  const seconds = Math.floor(engine.clock.now().getTime() / 1_000);
  const headers = { 'rapport-id': id, 'rapport-signature': signature(secret ?? '', seconds, body) };
  return post(url, body, { allowInternal, timeoutMs, headers });
}

/** HMAC-SHA256 over the instant and the body, so that neither can be changed nor an old message be sent again. */
const signature = (secret: string, seconds: number, body: string): string =>
  `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;

/** Slack reads three characters as its own; names must not call everybody. */
const slackText = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
