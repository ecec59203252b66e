import {
  adhoc,
  type Engine,
  Problem,
  type QueryOptions,
  type Room,
  type Statement,
} from '../engine/index.ts';
import { Appender } from './appender.ts';
import { createErase, type Erase } from './erase/index.ts';
import { eraseRoutes } from './erase/routes.ts';
import { processingGate } from './gate.ts';
import { type LogHealth, logHealth, Rate } from './health.ts';
import { installProcessing } from './processing.ts';
import { Processor } from './processor.ts';
import { type KeptMessage, messagesOf } from './read.ts';
import { createReprocess, createTurn, type Reprocess } from './reprocess/index.ts';
import { reprocessRoutes } from './reprocess/routes.ts';
import { createRetain, type Retain } from './retention/index.ts';
import { retentionRoutes } from './retention/routes.ts';
import { logRoutes } from './routes.ts';
import { messageColumns, messageRows, rejectedColumns, rejectedRows } from './rows.ts';
import type { LogMessage, Rejected } from './schema.ts';
import { Tail } from './tail.ts';
import { createUndo } from './undo/index.ts';

export type { Erased, ErasedThere, EraseListener, Erasure } from './erase/index.ts';
export type { LogHealth } from './health.ts';
export { isLinked, linksNamed, personLinks } from './links.ts';
export type { KeptMessage } from './read.ts';
export type { Reprocessing } from './reprocess/index.ts';
export type { Retention } from './retention/index.ts';
export {
  checkMessage,
  type Fault,
  isKeepable,
  type LogMessage,
  type MessageType,
  maxBatchBytes,
  maxMessageBytes,
  messageText,
  messageTypes,
  type Rejected,
} from './schema.ts';

/** The log, and the views derived from it. */
export interface Log extends Room {
  /** Resolves when the messages are durable. They are in the views within a second, and after a kill too. */
  accept(messages: readonly LogMessage[]): Promise<void>;
  /** Resolves when the messages are durable and in all views. */
  append(messages: readonly LogMessage[]): Promise<void>;
  /**
   * Messages the engine makes itself, of rows it has: `select` answers the columns of `madeColumns`. Resolves when they
   * are durable and in all views. Killed in between, they may be in the log alone; so whoever calls this calls it again,
   * with the same message ids, until it resolved.
   */
  appendFrom(select: Statement, params: Record<string, unknown>, options?: QueryOptions): Promise<void>;
  /** Resolves when everything accepted before is in the views, and these are not being replaced just now. */
  processed(): Promise<void>;
  /** Everything received before is in the views: some two minutes ago. */
  inViewsUntil(): Date;
  /** The views get nothing new while `work` runs. Messages are accepted all the while, and follow after. */
  pauseProcessing<T>(work: () => Promise<T>): Promise<T>;
  /** Keeps what could not be taken, with its reason, where a person can see it. */
  reject(rejected: readonly Rejected[]): Promise<void>;
  /** Every message about some ids that is kept, the oldest first; whoever is slow to read keeps nobody waiting. */
  messagesOf(workspace: string, ids: readonly string[]): AsyncIterable<KeptMessage>;
  /** Told which workspaces have something new, once it is in the views. */
  onAppend(listener: (workspaces: ReadonlySet<string>) => void): void;
  /** Told which workspaces' past is another now, by reprocessing, retention or erasure. Resolves before that is over. */
  onRewrite(listener: (workspaces: ReadonlySet<string>) => Promise<void>): void;
  /** Bytes that are not in the views yet. */
  queuedBytes(): number;
  health(): LogHealth;
  /**
   * Takes everything of a source (`import:<id>`) out of the log and its views. Call it again until it resolves with true; killed in
   * between it goes on.
   */
  takeBack(workspace: string, source: string): Promise<boolean>;
  /** Derives past messages again. */
  readonly reprocess: Reprocess;
  /** Erases people, from the log and everything made of it. */
  readonly erase: Erase;
  /** Deletes messages that are older than a workspace keeps them. */
  readonly retain: Retain;
}

/** What a SELECT that makes messages answers, in this order. */
const madeColumns = 'workspace, received_at, sent_at, source, message';

/** Beyond this much that is durable but not in the views, senders are told to come back: memory stays bounded. */
const maxUnprocessedBytes = 96 * 1024 * 1024;

export function createLog(engine: Engine): Log {
  const { clickhouse, clock } = engine;
  const messages = new Appender(clickhouse, 'messages', messageColumns);
  const faults = new Appender(clickhouse, 'messages_rejected', rejectedColumns);
  const processor = new Processor({
    clickhouse,
    log: engine.log,
    columns: messageColumns,
    gate: processingGate(engine),
    unreadable: (row, reason) => keepUnreadable(row, reason),
  });
  const tail = new Tail(engine);
  const rate = new Rate();
  const listeners: ((workspaces: ReadonlySet<string>) => void)[] = [];
  /** One promise for each call of `accept`, until its messages are in the views. */
  const unprocessed = new Set<Promise<void>>();

  /** Resolves when durable, with a promise of the rest. */
  async function take(all: readonly LogMessage[]): Promise<{ inViews: Promise<void> }> {
    const given = erase.wanted(all);
    if (given !== all) await tellRefused(all, given);
    if (given.length === 0) return { inViews: Promise.resolve() };
    if (processor.bytes > maxUnprocessedBytes) throw overloaded();
    const rows = messageRows(given);
    // Before anything is awaited: `processed()` called now must wait for it.
    const leave = tail.enter(given);
    let inViews = Promise.resolve();
    const durable = messages.append(rows).then(
      () => {
        rate.add(given.length);
        inViews = processor.push(rows).then(() => {
          leave();
          const workspaces = new Set(given.map(({ workspace }) => workspace));
          for (const listener of listeners) listener(workspaces);
        });
      },
      (error) => {
        leave();
        throw error;
      },
    );
    const whole = durable.then(
      () => inViews,
      () => {},
    );
    unprocessed.add(whole);
    void whole.finally(() => unprocessed.delete(whole));
    await durable;
    return { inViews };
  }

  /** That it was refused is told, and how often; what it said is not kept. */
  async function tellRefused(all: readonly LogMessage[], wanted: readonly LogMessage[]) {
    const taken = new Set(wanted);
    const refused = all.filter((message) => !taken.has(message));
    const why = { field: 'userId', reason: 'is of a person who was erased', message: '' };
    await faults.append(
      rejectedRows(
        refused.map(({ workspace, source, receivedAt }) => ({ workspace, source, receivedAt, ...why })),
      ),
    );
  }

  async function keepUnreadable(row: Buffer, reason: string) {
    const fields = row.toString().trimEnd().split('\t');
    engine.log.error({ reason }, 'a message could not be processed; it stays in the log');
    const [workspace = '', , , source = ''] = fields;
    const message = (fields.at(-1) ?? '').replaceAll('\\\\', '\\');
    const why = `could not be processed: ${reason.slice(0, 300)}`;
    await faults.append(
      rejectedRows([{ workspace, source, receivedAt: clock.now(), field: '', reason: why, message }]),
    );
  }

  const processed = async () => {
    await processor.hurry(Promise.all([...unprocessed]));
    await processor.unpaused();
  };
  const rewritten: ((workspaces: ReadonlySet<string>) => Promise<void>)[] = [];
  const changed = async (workspaces: ReadonlySet<string>) => {
    for (const listener of rewritten) await listener(workspaces);
    for (const listener of listeners) listener(workspaces);
  };
  const turn = createTurn(engine);
  const pause: Log['pauseProcessing'] = (work) => processor.pause(work);
  const reprocess = createReprocess(engine, { processed, pause, changed }, turn);
  const retain = createRetain(engine, { turn, pause, changed });
  const erase = createErase(engine, { turn, processed, changed });
  const beside = (insert: () => Promise<void>) => processor.beside(insert);
  const takeBack = createUndo(engine, { turn, processed, beside, changed });

  return {
    name: 'log',
    folder: new URL('.', import.meta.url),
    takeBack,
    reprocess,
    erase,
    retain,
    routes(app) {
      logRoutes(app, engine, () => logHealth(processor, messages, rate));
      reprocessRoutes(app, reprocess);
      eraseRoutes(app, erase);
      retentionRoutes(app, retain);
    },

    async start() {
      await installProcessing(clickhouse, clock.now());
      // Before anything is taken: what is about somebody erased is refused from the first message on.
      await erase.start();
      await tail.rederive();
      tail.start();
      reprocess.start();
      retain.start();
    },

    async stop() {
      await Promise.all([reprocess.stop(), erase.stop(), retain.stop()]);
      await Promise.all([messages.flush(), faults.flush()]);
      if (await processor.stop()) tail.close();
    },

    async accept(given) {
      if (given.length > 0) await take(given);
    },

    async append(given) {
      if (given.length === 0) return;
      const { inViews } = await take(given);
      await processor.hurry(inViews);
    },

    async appendFrom(select, params, options) {
      const into = (table: string) =>
        clickhouse.run(
          adhoc(`${select.name} into ${table}`, `INSERT INTO ${table} (${madeColumns})\n${select.text}`),
          params,
          options,
        );
      await into('messages');
      await processor.beside(() => into('incoming'));
    },

    processed,
    inViewsUntil: () => tail.inViewsUntil(),

    pauseProcessing: pause,
    reject: (given) => (given.length > 0 ? faults.append(rejectedRows(given)) : Promise.resolve()),
    messagesOf: (workspace, ids) => messagesOf(clickhouse, workspace, ids),
    onAppend: (listener) => void listeners.push(listener),
    onRewrite: (listener) => void rewritten.push(listener),
    queuedBytes: () => messages.queuedBytes + faults.queuedBytes + processor.bytes,
    health: () => logHealth(processor, messages, rate),
  };
}

const overloaded = () =>
  new Problem(503, 'overloaded', 'More messages are arriving than can be processed just now.', {
    hint: 'Send them again after the given time; nothing of this request was taken.',
    retryAfter: 2,
  });
