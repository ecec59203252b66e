import nodemailer from 'nodemailer';
import { parseSender, type SmtpSettings } from '../schema.ts';
import { DeliveryError, type Provider, type RenderedEmail } from './provider.ts';

/** Milliseconds; tests shorten them. */
export interface SmtpTimeouts {
  /** To connect, and for the server's greeting. */
  connect: number;
  /** Silence in the middle of a conversation. */
  silence: number;
}

const usualTimeouts: SmtpTimeouts = { connect: 10_000, silence: 60_000 };
const connections = 5;

/**
 * SMTP with pooled connections. An email counts as sent when the server answered the end of DATA with
 * 2xx. When the connection is lost after the data went out and before that answer, nobody can know: the
 * email is sent again, with the same Message-ID, by which most receiving systems tell a repeat.
 */
export function smtpProvider(settings: SmtpSettings, password?: string, timeouts = usualTimeouts): Provider {
  const transport = nodemailer.createTransport({
    pool: true,
    host: settings.host,
    port: settings.port,
    secure: settings.secure,
    requireTLS: settings.require_tls,
    auth: settings.user ? { user: settings.user, pass: password ?? '' } : undefined,
    maxConnections: connections,
    // The pool's own repeats would be unknown to the ledger.
    maxRequeues: 0,
    connectionTimeout: timeouts.connect,
    greetingTimeout: timeouts.connect,
    socketTimeout: timeouts.silence,
    idleTimeout: 30_000,
    // Nothing a template says may make the server read files or fetch pages.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  // The pool reports a failed send to its caller; without a listener the event would end the process.
  transport.on('error', () => {});

  return {
    concurrency: connections,
    batch: connections * 10,
    batches: 1,
    async send(email, signal) {
      try {
        const info = await transport.sendMail({ ...envelope(email), signal });
        return { providerId: info.response };
      } catch (error) {
        throw classify(error as SmtpFailure);
      }
    },
    close: () => transport.close({ force: true }),
  };
}

function envelope(email: RenderedEmail) {
  const sender = parseSender(email.from);
  return {
    from: sender ? { name: sender.name, address: sender.address } : email.from,
    to: { name: '', address: email.to },
    subject: email.subject,
    html: email.html,
    text: email.text,
    messageId: email.messageId,
    date: email.date,
    // Prepared: no folding, since the signed link in it must stay whole and is plain ASCII.
    headers: Object.fromEntries(email.headers.map(({ name, value }) => [name, { prepared: true, value }])),
  };
}

interface SmtpFailure extends Error {
  code?: string;
  command?: string;
  responseCode?: number;
  response?: string;
}

/** From nodemailer's error to what should happen next. */
function classify(error: SmtpFailure): DeliveryError {
  const words = error.response ?? error.message;
  const { code = '', command = '', responseCode = 0 } = error;
  const temporaryReply = responseCode >= 400 && responseCode < 500;
  if (
    code === 'EAUTH' ||
    code === 'ENOAUTH' ||
    code === 'ECONFIG' ||
    code === 'ETLS' ||
    code === 'EREQUIRETLS'
  ) {
    // 454: the server cannot check passwords just now.
    return new DeliveryError(temporaryReply ? 'temporary' : 'account', words, error);
  }
  if (responseCode >= 500 && responseCode !== 503) {
    // The sender is the account's: refused once, refused for everybody.
    return new DeliveryError(command === 'MAIL FROM' ? 'account' : 'permanent', words, error);
  }
  if (!responseCode && (code === 'EENVELOPE' || code === 'EMESSAGE')) {
    return new DeliveryError('permanent', words, error);
  }
  return new DeliveryError('temporary', words, error);
}
