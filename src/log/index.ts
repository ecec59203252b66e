import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine, Room } from '../engine/index.ts';
import { Appender } from './appender.ts';
import { installProcessing, rederiveTail } from './processing.ts';
import { logRoutes } from './routes.ts';
import type { LogMessage, Rejected } from './schema.ts';

export {
  checkMessage,
  type Fault,
  type LogMessage,
  type MessageType,
  maxBatchBytes,
  maxMessageBytes,
  messageText,
  messageTypes,
  type Rejected,
} from './schema.ts';

/** The log, and the views derived from it inside each insert. */
export interface Log extends Room {
  /** Resolves when the messages are durable and in all views. Callers at the same time share one insert. */
  append(messages: readonly LogMessage[]): Promise<void>;
  /** Keeps what could not be taken, with its reason, where a person can see it. */
  reject(rejected: readonly Rejected[]): Promise<void>;
  /** Told which workspaces have new messages, after each append. */
  onAppend(listener: (workspaces: ReadonlySet<string>) => void): void;
  /** Bytes waiting to be written. */
  queuedBytes(): number;
}

export function createLog(engine: Engine): Log {
  const messages = new Appender(engine.clickhouse, 'messages', [
    'workspace',
    'received_at',
    'sent_at',
    'source',
    'message',
  ]);
  const faults = new Appender(engine.clickhouse, 'messages_rejected', [
    'workspace',
    'received_at',
    'source',
    'field',
    'reason',
    'message',
  ]);
  const listeners: ((workspaces: ReadonlySet<string>) => void)[] = [];
  const cleanly = join(engine.dataDir, 'log.clean');

  return {
    name: 'log',
    folder: new URL('.', import.meta.url),
    routes: (app) => logRoutes(app, engine.clickhouse),

    async start() {
      await installProcessing(engine.clickhouse, engine.clock.now());
      if (engine.clickhouse.embedded && !existsSync(cleanly)) await rederiveTail(engine.clickhouse);
      rmSync(cleanly, { force: true });
    },

    async stop() {
      await Promise.all([messages.flush(), faults.flush()]);
      writeFileSync(cleanly, '');
    },

    async append(given) {
      if (given.length === 0) return;
      await messages.append(Buffer.from(messageRows(given)));
      const workspaces = new Set(given.map(({ workspace }) => workspace));
      for (const listener of listeners) listener(workspaces);
    },

    reject: (given) => faults.append(Buffer.from(given.map(rejectedRow).join(''))),
    onAppend: (listener) => void listeners.push(listener),
    queuedBytes: () => messages.queuedBytes + faults.queuedBytes,
  };
}

/**
 * The message's text goes in as it is: the engine keeps an object as its text, without parsing and printing. What
 * messages of a batch have in common is printed once.
 */
function messageRows(messages: readonly LogMessage[]): string {
  let head = '';
  let last: LogMessage | undefined;
  let rows = '';
  for (const m of messages) {
    const alike =
      last?.workspace === m.workspace &&
      last.receivedAt === m.receivedAt &&
      last.sentAt === m.sentAt &&
      last.source === m.source;
    if (!alike) {
      const sentAt = (m.sentAt ?? new Date(0)).toISOString();
      head = `{"workspace":"${m.workspace}","received_at":"${m.receivedAt.toISOString()}","sent_at":"${sentAt}","source":${JSON.stringify(m.source)},"message":`;
    }
    last = m;
    rows += `${head}${m.message}}\n`;
  }
  return rows;
}

const rejectedRow = (r: Rejected) =>
  `${JSON.stringify({
    workspace: r.workspace,
    received_at: r.receivedAt,
    source: r.source,
    field: r.field,
    reason: r.reason,
    message: r.message.toWellFormed().slice(0, 40_000),
  })}\n`;
