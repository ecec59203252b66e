import type { Access } from './access/index.ts';
import type { Alerts, Subject } from './alerts/index.ts';
import { asksOfViews, type Connections, type Freshness } from './connections/index.ts';
import type { AccountStanding, Delivery } from './delivery/index.ts';
import type { Engine } from './engine/index.ts';
import type { Metrics } from './metrics/index.ts';
import type { Profiles } from './profiles/index.ts';
import type { Programs } from './programs/index.ts';
import type { Segments } from './segments/index.ts';

/** A connection, as alerts see it. */
function subjectOf(one: Freshness): Subject {
  const { id, workspace, kind, name, account, state, syncedAt, lagMs, lateAfterMs, trouble, needsPerson } =
    one;
  return {
    ...{ key: id, workspace, kind, name, path: `/connections/${id}`, paused: state === 'paused' },
    ...{ wellAt: syncedAt, lagMs, lateAfterMs },
    trouble: trouble && {
      ...trouble,
      needsPerson,
      // One new key helps all that used the old one; anything else is a list's own.
      scope: trouble.code === 'credentials_refused' ? account : id,
    },
  };
}

export function watchConnections(alerts: Alerts, connections: Connections): void {
  alerts.watch('connection', async () => (await connections.freshness()).map(subjectOf));
}

/** An account emails go out through, as alerts see it: it is well, or it needs somebody, and is never late. */
function accountOf({ id, workspace, kind, name, paused, stopped }: AccountStanding, now: Date): Subject {
  return {
    ...{ key: id, workspace, kind, name, path: '/settings?tab=accounts', paused },
    ...{ wellAt: stopped?.at ?? now, lagMs: 0, lateAfterMs: Number.POSITIVE_INFINITY },
    trouble: stopped && {
      code: 'account_stopped',
      message: `Its provider refuses it: ${stopped.reason}`,
      hint: 'Emails wait until somebody mends the account and resumes it.',
      needsPerson: true,
      scope: id,
    },
  };
}

export function watchAccounts({ clock }: Pick<Engine, 'clock'>, alerts: Alerts, delivery: Delivery): void {
  alerts.watch('account', async () => {
    const now = clock.now();
    return (await delivery.accountsStanding()).map((account) => accountOf(account, now));
  });
}

/** Answers tell how fresh the lists are whose people they count: those of connections that bring people into profiles. */
export function tellOfLists(metrics: Metrics, connections: Connections): void {
  metrics.knowListsBy(async (workspace) =>
    (await connections.freshness(workspace))
      .filter(({ sinks }) => sinks.includes('profiles'))
      .map(({ inSyncAsOf, ...one }) => ({ ...one, asOf: inSyncAsOf })),
  );
}

/** Emails come from the sender of their program, and people say of which programs they want some. */
export function tellOfPrograms(delivery: Delivery, programs: Programs): void {
  delivery.knowPrograms((workspace) => programs.list(workspace));
}

/** Rules name programs, locations and connections, and times in the time zone of the workspace. */
export function tellOfNames(
  { log }: Pick<Engine, 'log'>,
  segments: Segments,
  { access, programs, connections }: { access: Access; programs: Programs; connections: Connections },
): void {
  segments.knowBy({
    timeZoneOf: async (workspace) => (await access.workspaces.get(workspace)).timezone,
    placesOf: (workspace, of) => programs.placesOf(workspace, of),
    listedOf: (workspace, connection) => connections.listedBy(workspace, connection),
  });
  // Should it fail, everybody is asked again within hours all the same.
  const askAgain = (workspace: string) =>
    void segments
      .askAgain(workspace)
      .catch((err) =>
        log.error({ err, workspace }, 'segments do not know yet that names mean something else'),
      );
  programs.addDeleteGuard((workspace, ids) => segments.naming(workspace, ids));
  connections.addDeleteGuard((workspace, ids) => segments.naming(workspace, ids));
  programs.onChange(askAgain);
  connections.onChange(askAgain);
  access.workspaces.onChange(askAgain);
}

/** Segments are pushed to lists held elsewhere: without whom delivery must not write to. */
export function tellOfPeople(
  { clickhouse }: Pick<Engine, 'clickhouse'>,
  connections: Connections,
  {
    segments,
    profiles,
    programs,
    delivery,
  }: { segments: Segments; profiles: Profiles; programs: Programs; delivery: Delivery },
): void {
  connections.knowPeopleBy({
    async segment(workspace, id) {
      // The number first: what a later one changed is then seen twice rather than not at all.
      const version = await segments.finishedVersion(workspace, id);
      const { name } = await segments.get(workspace, id);
      // Counted, since the number a segment shows is of its last computation, and who was erased since is in it.
      let members = 0;
      for await (const batch of segments.membersOf(workspace, id)) members += batch.length;
      return { name, members, version };
    },
    membersOf: segments.membersOf,
    changesSince: segments.changesSince,
    whichAreMembers: segments.whichAreMembers,
    attributesOf: profiles.attributesOf,
    attributes: async (workspace) => (await segments.suggestions(workspace)).attributes,
    suppressedAmong: delivery.suppressedAmong,
    suppressionsAsOf: delivery.suppressionsAsOf,
    async placesByProgram(workspace) {
      const known = await programs.options(workspace);
      const places = await Promise.all(known.map(({ id }) => programs.placesOf(workspace, { program: id })));
      return known.map(({ name }, n) => ({ program: name, places: places[n] ?? [] }));
    },
    ...asksOfViews(clickhouse),
  });
  segments.addDeleteGuard(connections.pushing);
}

const quietForMs = 30_000;
/** Runs may be long, but not all of them at once while others wait. */
const noneEndedForMs = 15 * 60_000;

/** What must be well for the heartbeat to go out, beside what alerts see themselves. */
export function watchWorkers(
  alerts: Alerts,
  { connections, delivery }: { connections: Connections; delivery: Delivery },
): void {
  let endedAt = performance.now();
  connections.onRun(() => {
    endedAt = performance.now();
  });
  alerts.check('scheduler of connections', () => {
    const quiet = connections.quietMs();
    if (quiet > quietForMs) throw new Error(`did not look for work for ${Math.round(quiet / 1_000)} s`);
  });
  alerts.check('workers of connections', async () => {
    if (performance.now() - endedAt < noneEndedForMs) return;
    const late = (await connections.freshness()).filter(
      ({ state, trouble }) => state === 'behind' && trouble === null,
    );
    if (late.length > 0) throw new Error(`${late.length} are late, and no run has ended for 15 min`);
  });
  alerts.check('sending of emails', () => {
    if (!delivery.beating()) throw new Error('the worker could not say that it lives');
  });
}
