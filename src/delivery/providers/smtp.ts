import nodemailer from 'nodemailer';
import type { SmtpSecrets, SmtpSettings } from '../kinds.ts';
import { mailOf, noSideEffects } from './mime.ts';
import { DeliveryError, mustBeRendered, type Provider } from './provider.ts';

/** Milliseconds; tests shorten them. */
export interface SmtpTimeouts {
  /** To connect, and for the server's greeting. */
  connect: number;
  /** Silence in the middle of a conversation. */
  silence: number;
}

const usualTimeouts: SmtpTimeouts = { connect: 10_000, silence: 60_000 };
const connections = 5;
/** RFC 8058 wants both headers of the one-click button signed; what an email has not is left out. */
const signedHeaders =
  'From:To:Subject:Date:Message-ID:MIME-Version:Content-Type:Content-Transfer-Encoding:' +
  'List-Unsubscribe:List-Unsubscribe-Post';

/**
 * SMTP with pooled connections. An email counts as sent when the server answered the end of DATA with
 * 2xx. When the connection is lost after the data went out and before that answer, nobody can know: the
 * email is sent again, with the same Message-ID, by which most receiving systems tell a repeat.
 */
export function smtpProvider(
  settings: SmtpSettings,
  secrets: SmtpSecrets,
  timeouts = usualTimeouts,
): Provider {
  const transport = nodemailer.createTransport({
    pool: true,
    host: settings.host,
    port: settings.port,
    secure: settings.secure,
    requireTLS: settings.require_tls,
    auth: settings.user ? { user: settings.user, pass: secrets.password ?? '' } : undefined,
    maxConnections: connections,
    // The pool's own repeats would be unknown to the ledger.
    maxRequeues: 0,
    connectionTimeout: timeouts.connect,
    greetingTimeout: timeouts.connect,
    socketTimeout: timeouts.silence,
    idleTimeout: 30_000,
    ...noSideEffects,
    ...(settings.dkim &&
      secrets.dkim_private_key && {
        dkim: {
          domainName: settings.dkim.domain,
          keySelector: settings.dkim.selector,
          privateKey: secrets.dkim_private_key,
          headerFieldNames: signedHeaders,
        },
      }),
  });
  // The pool reports a failed send to its caller; without a listener the event would end the process.
  transport.on('error', () => {});

  return {
    // Two emails a connection, so that none is idle while a result is written. Reading the attributes of a batch costs 35 to 70 ms
    // of the processor however few they are: with 50 in a batch, and one batch at a time, half as many emails went out.
    concurrency: connections * 2,
    batch: connections * 20,
    batches: 2,
    async send(email, signal) {
      mustBeRendered(email);
      try {
        const info = await transport.sendMail({ ...mailOf(email), signal });
        return { providerId: info.response };
      } catch (error) {
        throw classify(error as SmtpFailure);
      }
    },
    close: () => transport.close({ force: true }),
  };
}

interface SmtpFailure extends Error {
  code?: string;
  command?: string;
  responseCode?: number;
  response?: string;
}

/** Refused for the sake of how much was sent by now, and not of this email: by day, by plan. */
const quota = /\bdaily\b.*\b(limit|quota)\b|\bsending (limit|quota)\b/i;
/** Amazon's and others' words for an account that may not send, said of any email. */
const stopped = /\b(sending|account)\b.*\b(suspended|paused|disabled|shut down)\b/i;
const tooFast =
  /\b(throttl\w*|too (many|fast|quickly)|rate (limit|exceeded)|(sending|send) rate|slow down)\b/i;

/** From nodemailer's error to what should happen next. */
function classify(error: SmtpFailure): DeliveryError {
  const words = error.response ?? error.message;
  const { code = '', command = '', responseCode = 0 } = error;
  const as = (kind: DeliveryError['kind'], slowDown = false) =>
    new DeliveryError(kind, words, { cause: error, slowDown });
  // What is said of a recipient ("mailbox disabled", "over quota") is no word about the account.
  const ofRecipient = command === 'RCPT TO';
  if (responseCode >= 400 && !ofRecipient && (quota.test(words) || stopped.test(words))) return as('account');
  const temporaryReply = responseCode >= 400 && responseCode < 500;
  if (/^(EAUTH|ENOAUTH|ECONFIG|ETLS|EREQUIRETLS)$/.test(code)) {
    // 454: the server cannot check passwords just now.
    return as(temporaryReply ? 'temporary' : 'account');
  }
  // A certificate that cannot be trusted does not mend itself; Node.js' own code for it is lost on the way here.
  if (code === 'ESOCKET' && /certificate|self[- ]signed/i.test(words)) return as('account');
  // 503 is said when a conversation is out of step.
  if (responseCode >= 500 && responseCode !== 503) {
    // The sender is the account's: refused once, refused for everybody.
    return as(command === 'MAIL FROM' ? 'account' : 'permanent');
  }
  if (!responseCode && (code === 'EENVELOPE' || code === 'EMESSAGE')) return as('permanent');
  // 421 ends a connection that is one too many; 454 outside of signing in is Amazon's "throttling failure".
  return as(
    'temporary',
    responseCode === 421 || responseCode === 454 || (temporaryReply && tooFast.test(words)),
  );
}
