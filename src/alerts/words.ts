import { type Incident, type Leaving, type Member, type Outcome, present, type Telling } from './evaluate.ts';
import type { Subject } from './subject.ts';

/** A message as it is kept and sent as JSON; the other forms are made of it. */
export interface Content {
  type: `incident.${Telling}` | 'test';
  /** ISO 8601. */
  at: string;
  /** One line. */
  title: string;
  /** All there is to say, several lines, without the links. */
  text: string;
  url: string;
  incident: {
    id: string;
    watch: string;
    kind: string;
    cause: string;
    needs_person: boolean;
    opened_at: string;
    closed_at: string | null;
    /** Not well now. */
    unwell: number;
    /** Ever in it. */
    total: number;
  } | null;
  /** The first ones; those that are new come first. */
  subjects: { name: string; url: string; lag_seconds: number | null }[];
  /** How many are not named. */
  more: number;
}

export interface ContentNeeds {
  /** What is watched, in the singular. */
  watch: string;
  subjects: ReadonlyMap<string, Subject>;
  baseUrl: string;
  now: Date;
}

const named = 10;
const units = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
] as const;

/** `2 d 3 h`, `3 h 12 min`, `40 s`: the two largest units. */
function durationText(ms: number): string {
  if (ms < 60_000) return `${Math.round(ms / 1_000)} s`;
  const parts: string[] = [];
  let rest = ms;
  for (const [size, unit] of units) {
    const count = Math.floor(rest / size);
    if (count > 0) parts.push(`${count} ${unit}`);
    else if (parts.length > 0) break;
    rest -= count * size;
  }
  return parts.slice(0, 2).join(' ');
}

const number = (count: number) => count.toLocaleString('en-US');

/** What is told of an incident. */
export function contentOf({ incident, tell, toldBefore }: Outcome, needs: ContentNeeds): Content {
  const { watch, subjects, baseUrl, now } = needs;
  const all = [...incident.members.values()];
  const fresh = ({ joinedAt }: Member) => joinedAt > toldBefore;
  const unwell = present(incident).sort((a, b) => Number(fresh(b)) - Number(fresh(a)));
  const shown = tell === 'closed' ? all : unwell;
  const listed = shown.slice(0, named);
  const about = { incident, watch, now, all, unwell, fresh: unwell.filter(fresh).length };
  const title = titleOf(tell!, about);
  const more = shown.length - listed.length;
  const names = shown.length > 1 ? listed.map(({ name }) => `- ${name}`) : [];
  if (names.length > 0 && more > 0) names.push(`- and ${number(more)} more`);
  const lines = [`${title}.`, ...(tell === 'closed' ? endLines(all) : whyLines(needs, about)), ...names];
  return {
    type: `incident.${tell!}`,
    at: now.toISOString(),
    title,
    text: lines.join('\n'),
    url: baseUrl + (new Set(shown.map(({ path }) => path)).size === 1 ? shown[0]!.path : `/${watch}s`),
    incident: {
      ...{ id: incident.id, watch, kind: incident.kind, cause: incident.cause },
      needs_person: incident.needsPerson,
      opened_at: incident.openedAt.toISOString(),
      closed_at: tell === 'closed' ? now.toISOString() : null,
      unwell: unwell.length,
      total: all.length,
    },
    subjects: listed.map(({ subject, name, path }) => {
      const lag = subjects.get(subject)?.lagMs;
      return { name, url: baseUrl + path, lag_seconds: lag === undefined ? null : Math.round(lag / 1_000) };
    }),
    more,
  };
}

interface About {
  incident: Incident;
  watch: string;
  now: Date;
  all: Member[];
  unwell: Member[];
  fresh: number;
}

function titleOf(tell: Telling, about: About): string {
  const { incident, watch, now, all, unwell, fresh } = about;
  const { needsPerson, kind, openedAt, wellSince } = incident;
  const one = (members: readonly Member[], more = '') =>
    members.length === 1 && more === ''
      ? { who: members[0]!.name, s: 's', have: 'has', are: 'is' }
      : { who: `${number(members.length)}${more} ${watch}s (${kind})`, s: '', have: 'have', are: 'are' };
  const open = one(unwell);
  switch (tell) {
    case 'opened':
      return needsPerson ? `${open.who} need${open.s} somebody` : `${open.who} ${open.have} fallen behind`;
    case 'grew': {
      const newest = unwell.slice(0, fresh);
      const { who, s, have } = newest.length === 1 ? one(newest) : one(newest, ' more');
      const what = needsPerson ? `need${s} somebody` : `${have} fallen behind`;
      return `${who} ${what} too, ${number(unwell.length)} in all`;
    }
    case 'reminder': {
      const ago = durationText(now.getTime() - openedAt.getTime());
      return needsPerson
        ? `${open.who} still need${open.s} somebody, since ${ago}`
        : `${open.who} ${open.are} still behind, since ${ago}`;
    }
    case 'closed': {
      const { who, are } = one(all);
      const lasted = durationText((wellSince ?? now).getTime() - openedAt.getTime());
      return `${who} ${are} ${endText(all)}; it lasted ${lasted}`;
    }
  }
}

function endText(all: readonly Member[]): string {
  if (all.some(({ leftHow }) => leftHow === 'well')) return 'well again';
  return all.some(({ leftHow }) => leftHow === 'moved') ? 'in another incident now' : 'no longer watched';
}

function whyLines({ subjects, now }: ContentNeeds, { incident, unwell }: About): string[] {
  const lines: string[] = [];
  const inside = unwell.flatMap(({ subject }) => subjects.get(subject) ?? []);
  const said = inside.find(({ trouble }) => trouble !== null)?.trouble;
  if (said) lines.push(said.hint ? `${said.message} ${said.hint}` : said.message);
  if (inside.every(({ lateAfterMs }) => lateAfterMs === Number.POSITIVE_INFINITY)) return lines;
  const longest = Math.max(0, ...inside.map(({ lagMs }) => lagMs));
  const [single] = inside;
  if (inside.length === 1 && single) {
    const last = single.wellAt
      ? `Last in sync ${durationText(now.getTime() - single.wellAt.getTime())} ago`
      : 'Never in sync so far';
    lines.push(`${last}; late after ${durationText(single.lateAfterMs)}.`);
  } else lines.push(`Out of sync for up to ${durationText(longest)}.`);
  if (!incident.needsPerson) {
    const keys = new Set(unwell.map(({ subject }) => subject));
    const following = [...subjects.values()].filter(
      ({ key, workspace, kind, paused, trouble }) =>
        workspace === incident.workspace && kind === incident.kind && !paused && trouble && !keys.has(key),
    ).length;
    if (following > 0) {
      lines.push(
        `${number(following)} more of them ${following === 1 ? 'has' : 'have'} trouble, and will be counted here when late.`,
      );
    }
  }
  return lines;
}

function endLines(all: readonly Member[]): string[] {
  const of = (how: Leaving) => all.filter(({ leftHow }) => leftHow === how).length;
  const others = (
    [
      ['paused', 'paused'],
      ['removed', 'removed'],
      ['moved', 'in another incident'],
    ] as const
  ).flatMap(([how, word]) => (of(how) > 0 ? `${number(of(how))} ${word}` : []));
  return others.length > 0 ? [`${others.join(', ')}.`] : [];
}
