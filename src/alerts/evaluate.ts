import { isLate, type Subject } from './subject.ts';

export interface Member {
  subject: string;
  name: string;
  path: string;
  scope: string;
  joinedAt: Date;
  told: boolean;
  leftAt: Date | null;
  leftHow: Leaving | null;
}
export type Leaving = 'well' | 'paused' | 'removed' | 'moved';

export interface Incident {
  id: string;
  workspace: string;
  key: string;
  kind: string;
  /** A code of trouble, or `late`. */
  cause: string;
  needsPerson: boolean;
  message: string | null;
  hint: string | null;
  openedAt: Date;
  toldAt: Date;
  wellSince: Date | null;
  members: Map<string, Member>;
}

/** `grew`: there is something new in it that another act has to help. */
export type Telling = 'opened' | 'grew' | 'reminder' | 'closed';

/** An incident after a look: as it now is, whether it was touched, and what there is to tell. */
export interface Outcome {
  incident: Incident;
  isNew: boolean;
  closed: boolean;
  /** Members that joined, left or were told of. */
  changed: Set<string>;
  tell: Telling | null;
  /** The last message before this one: who joined since is new to people. */
  toldBefore: Date;
}

export interface Looked {
  open: readonly Incident[];
  subjects: readonly Subject[];
  /** Who is late for a known reason, and until when; null: as long as it is paused. */
  excused: ReadonlyMap<string, Date | null>;
  /** Everybody is, since nothing ran. */
  allExcusedUntil: Date | null;
  now: Date;
  newId: () => string;
}

export interface Evaluated {
  outcomes: Outcome[];
  /** What is excused from now on. */
  excused: Map<string, Date | null>;
}

const minuteMs = 60_000;
/** Time to catch up after a pause or a stop, before late is late. */
export const catchUpMs = 15 * minuteMs;
/** What was late is well when it has been so for this long: one that follows is no second incident. */
const settleMs = 5 * minuteMs;
const remindMs = 24 * 60 * minuteMs;
/** News of an open incident comes as far apart as it is old, within these bounds: a wave is a few messages. */
const shortestGapMs = 5 * minuteMs;
const longestGapMs = 60 * minuteMs;

/**
 * What becomes of incidents, given how it stands with everything that is watched. Pure.
 *
 * A subject is in one incident at most: of what needs a person, by code; of what is late, one a kind, whatever the
 * trouble, since one outage shows itself as refusals, timeouts and waiting alike.
 */
export function evaluate(looked: Looked): Evaluated {
  const { now, newId } = looked;
  const subjects = new Map(looked.subjects.map((subject) => [subject.key, subject]));
  const excused = excuse(looked);
  const outcomes = looked.open.map(
    (incident): Outcome => ({
      incident: { ...incident, members: new Map(incident.members) },
      isNew: false,
      closed: false,
      changed: new Set(),
      tell: null,
      toldBefore: incident.toldAt,
    }),
  );

  const inside = new Set<string>();
  for (const { incident, changed } of outcomes) {
    for (const member of incident.members.values()) {
      if (member.leftAt) continue;
      const how = leaving(incident, member, subjects.get(member.subject));
      if (how === null) inside.add(member.subject);
      else {
        incident.members.set(member.subject, { ...member, leftAt: now, leftHow: how });
        changed.add(member.subject);
      }
    }
  }

  const around = new Map<Outcome, Around>();
  const byKey = new Map(outcomes.map((outcome) => [identity(outcome.incident), outcome]));
  for (const subject of looked.subjects) {
    const cause = causeOf(subject, excused, looked.allExcusedUntil, now);
    if (!cause || inside.has(subject.key)) continue;
    const key = `${subject.kind}/${cause}`;
    const at = identity({ workspace: subject.workspace, key });
    let outcome = byKey.get(at);
    if (!outcome) {
      outcome = opening(subject, key, cause, now, newId());
      outcomes.push(outcome);
      byKey.set(at, outcome);
    }
    if (!around.has(outcome)) around.set(outcome, surroundings(outcome.incident));
    join(outcome, subject, now, around.get(outcome)!);
  }

  for (const outcome of outcomes) conclude(outcome, now);
  return { outcomes, excused };
}

const identity = ({ workspace, key }: { workspace: string; key: string }) => `${workspace} ${key}`;
export const present = ({ members }: Incident) =>
  [...members.values()].filter(({ leftAt }) => leftAt === null);

/** Paused, until told otherwise; then some time to catch up. Those that were in time again need no excuse. */
function excuse({ subjects, excused, now }: Looked): Map<string, Date | null> {
  const after = new Map<string, Date | null>();
  for (const subject of subjects) {
    const until = excused.get(subject.key);
    if (subject.paused) after.set(subject.key, null);
    else if (until === null) after.set(subject.key, new Date(now.getTime() + catchUpMs));
    else if (until && until > now && isLate(subject)) after.set(subject.key, until);
  }
  return after;
}

/** Why a subject is not well; null when it is, or nobody has to know. */
function causeOf(
  subject: Subject,
  excused: ReadonlyMap<string, Date | null>,
  allExcusedUntil: Date | null,
  now: Date,
): string | null {
  if (subject.paused) return null;
  if (subject.trouble?.needsPerson) return subject.trouble.code;
  if (!isLate(subject) || excused.has(subject.key)) return null;
  return allExcusedUntil && allExcusedUntil > now ? null : 'late';
}

/** How a member leaves an incident; null when it stays. */
function leaving(incident: Incident, member: Member, subject: Subject | undefined): Leaving | null {
  if (!subject) return 'removed';
  if (subject.paused) return 'paused';
  const { trouble, wellAt } = subject;
  if (trouble?.needsPerson) return incident.cause === trouble.code ? null : 'moved';
  if (!incident.needsPerson) return isLate(subject) ? null : 'well';
  if (trouble && isLate(subject)) return 'moved';
  // New credentials were put in: whether they are right is known after a run.
  return wellAt !== null && wellAt >= member.joinedAt ? 'well' : null;
}

function opening(subject: Subject, key: string, cause: string, now: Date, id: string): Outcome {
  const { workspace, kind, trouble } = subject;
  return {
    incident: {
      ...{ id, workspace, key, kind, cause },
      needsPerson: trouble?.needsPerson ?? false,
      message: trouble?.message ?? null,
      hint: trouble?.hint ?? null,
      openedAt: now,
      toldAt: now,
      wellSince: null,
      members: new Map(),
    },
    isNew: true,
    closed: false,
    changed: new Set(),
    tell: 'opened',
    toldBefore: now,
  };
}

/** What decides whether one more is news. */
interface Around {
  newestJoin: number;
  scopes: Set<string>;
}

const surroundings = (incident: Incident): Around => ({
  newestJoin: [...incident.members.values()].reduce((at, one) => Math.max(at, one.joinedAt.getTime()), 0),
  scopes: new Set(present(incident).map(({ scope }) => scope)),
});

function join({ incident, isNew, changed }: Outcome, subject: Subject, now: Date, around: Around): void {
  const { key, name, path, trouble, lateAfterMs } = subject;
  const scope = trouble?.scope ?? key;
  incident.members.set(key, {
    ...{ subject: key, name, path, scope },
    joinedAt: now,
    told: isNew || !isNews(incident, around, scope, lateAfterMs, now),
    leftAt: null,
    leftHow: null,
  });
  changed.add(key);
  around.scopes.add(scope);
  around.newestJoin = now.getTime();
}

/**
 * Whether people have to be told that one more is in it. What needs a person: when another act is needed. What is
 * late: when nothing else became so for as long as this one takes to become late, since what fails at one time becomes
 * late within that.
 */
const isNews = (
  { needsPerson }: Incident,
  { newestJoin, scopes }: Around,
  scope: string,
  lateAfterMs: number,
  now: Date,
): boolean => (needsPerson ? !scopes.has(scope) : now.getTime() - newestJoin > lateAfterMs);

function conclude(outcome: Outcome, now: Date): void {
  const { incident, isNew, changed } = outcome;
  const unwell = present(incident);
  if (unwell.length === 0) {
    incident.wellSince ??= now;
    const settled = now.getTime() - incident.wellSince.getTime() >= settleMs;
    if (incident.needsPerson || settled) Object.assign(outcome, { closed: true, tell: 'closed' });
    return;
  }
  incident.wellSince = null;
  if (!isNew) outcome.tell = dueOf(incident, unwell, now);
  if (!outcome.tell) return;
  incident.toldAt = now;
  for (const member of unwell.filter(({ told }) => !told)) {
    incident.members.set(member.subject, { ...member, told: true });
    changed.add(member.subject);
  }
}

function dueOf(
  { openedAt, toldAt }: Incident,
  unwell: readonly Member[],
  now: Date,
): 'grew' | 'reminder' | null {
  const since = now.getTime() - toldAt.getTime();
  const gap = Math.min(longestGapMs, Math.max(shortestGapMs, toldAt.getTime() - openedAt.getTime()));
  if (since >= gap && unwell.some(({ told }) => !told)) return 'grew';
  return since >= remindMs ? 'reminder' : null;
}
