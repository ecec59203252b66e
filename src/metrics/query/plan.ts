import { adhoc, type Statement } from '../../engine/index.ts';
import { Binder } from './binder.ts';
import { type Count, type Kind, kindOf, type Sources } from './kinds.ts';
import { statementText } from './statements.ts';
import type { MetricName } from './words.ts';

/** A statement, and the metrics it answers. */
export interface Part {
  metrics: MetricName[];
  statement: Statement;
  params: Record<string, unknown>;
}

/**
 * Which tables answer, and the statements to ask them with. Metrics that can be read together are.
 *
 * - What was counted by the hour (metric_hours, person_hours), where filters and dimension are no finer than that.
 * - Else single events: events_by_person, and `events` for hours that are open, or where properties are asked for.
 * - Metrics of sessions, and every metric where a dimension of visits is asked for: sessions, joined with events
 *   where filters or dimension are of events.
 */
export function planOf(count: Count, sources: Sources): Part[] {
  const groups = new Map<Kind, MetricName[]>();
  for (const metric of count.metrics) {
    const kind = kindOf(metric, count);
    groups.set(kind, [...(groups.get(kind) ?? []), metric]);
  }
  return [...groups].map(([kind, metrics]) => {
    const bind = new Binder();
    const text = statementText(kind, { ...count, metrics }, sources, bind);
    return { metrics, statement: adhoc(`metrics_${kind}`, text), params: bind.params };
  });
}
