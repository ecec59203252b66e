import { opposites } from './compare.ts';
import { holdsForNone } from './leaves.ts';
import { conditionsOf, type Duration, type Rule } from './rule.ts';

/** A condition that people come to satisfy, or cease to, as time passes. */
export type Window =
  | { kind: 'attribute'; name: string; duration: Duration }
  | { kind: 'event'; name: string; duration: Duration };

/** What a rule's answer depends on. */
export interface Dependencies {
  attributes: ReadonlySet<string>;
  events: ReadonlySet<string>;
  /** Programs, locations. */
  places: boolean;
  windows: readonly Window[];
  /** Time passing changes it in a way that no row's own time tells: everybody has to be asked. */
  opaque: boolean;
}

/** @param listed the attribute that says who is on a connection's list */
export function dependenciesOf(rule: Rule, listed: (connection: string) => string): Dependencies {
  const attributes = new Set<string>();
  const events = new Set<string>();
  const windows: Window[] = [];
  let places = false;
  let opaque = false;
  for (const condition of conditionsOf(rule)) {
    if ('attribute' in condition) {
      attributes.add(condition.attribute);
      if (condition.operator === 'within_last')
        windows.push({ kind: 'attribute', name: condition.attribute, duration: condition.value! });
    } else if ('event' in condition) {
      events.add(condition.event);
      if (condition.within_last)
        windows.push({ kind: 'event', name: condition.event, duration: condition.within_last });
      if ((condition.where ?? []).some(({ operator }) => operator === 'within_last')) opaque = true;
    } else if ('connection' in condition) attributes.add(listed(condition.connection));
    else if ('program' in condition || 'location' in condition) places = true;
  }
  return { attributes, events, places, windows, opaque };
}

/** Whether somebody of whom nothing is known but that they are satisfies a rule: then newcomers do, whatever came of them. */
export function holdsForNewcomers(rule: Rule): boolean {
  if ('not' in rule) return !holdsForNewcomers(rule.not);
  if ('all' in rule) return rule.all.every(holdsForNewcomers);
  if ('any' in rule) return rule.any.some(holdsForNewcomers);
  if ('attribute' in rule) return Object.keys(opposites).includes(rule.operator);
  return 'event' in rule && holdsForNone(rule);
}
