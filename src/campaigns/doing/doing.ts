import type { Delivery, Sender } from '../../delivery/index.ts';
import type { Engine } from '../../engine/index.ts';
import type { Log } from '../../log/index.ts';
import type { Segments } from '../../segments/index.ts';
import type { PlannedStep } from '../flow.ts';
import type { Db, Running, Trx } from '../running.ts';
import type { Ending } from '../schema.ts';
import type { ZoneNeeds, Zones } from '../zones.ts';

export interface StepNeeds extends ZoneNeeds {
  engine: Engine;
  db: Db;
  delivery: Pick<Delivery, 'queueEmails' | 'cancelQueued' | 'sender'>;
  segments: Pick<Segments, 'among'>;
  log: Pick<Log, 'append'>;
}

/** Somebody whose step is due. */
export interface Due {
  profile: string;
  round: number;
  step: string;
  due_at: Date;
  heard_at: Date | null;
  parameters: Record<string, unknown> | null;
}

/** What becomes of somebody: exactly one of `to`, `stay` and `ended`. */
export interface Move {
  person: Due;
  /** The step they go to; null: they are through. */
  to?: string | null;
  /** They stay at the step until then. */
  stay?: Date;
  ended?: Ending;
  /** Noted beside `to`: {"<split>": "<way>"} */
  way?: Record<string, string>;
}

interface Doable<Step> {
  needs: StepNeeds;
  trx: Trx;
  running: Running;
  step: Step;
  people: readonly Due[];
  zones: Zones;
  senders: ReadonlyMap<string | undefined, Sender>;
  now: Date;
  /** Told how many emails were queued. */
  queued(count: number): void;
}

/** Does one step of some thousand people at once. */
export type Doing<Step extends PlannedStep> = (doable: Doable<Step>) => Move[] | Promise<Move[]>;
export type Planned<Type extends PlannedStep['type']> = Extract<PlannedStep, { type: Type }>;
