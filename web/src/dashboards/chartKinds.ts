import type { Question } from '../metrics/queries.ts';
import type { ChartKind } from './queries.ts';

export const kindLabels: Record<ChartKind, string> = {
  area: 'Area',
  line: 'Line',
  bar: 'Bars',
  table: 'Table',
  number: 'Number',
  funnel: 'Funnel',
  retention: 'Retention',
};

/** How the answer to a question can be drawn; the usual way first. */
export function kindsFor(question: Pick<Question, 'question'>): [ChartKind, ...ChartKind[]] {
  switch (question.question) {
    case 'series':
      return ['area', 'line', 'bar', 'number', 'table'];
    case 'top':
      return ['bar', 'table'];
    case 'funnel':
      return ['funnel', 'table'];
    case 'retention':
      return ['retention', 'table'];
    default:
      return ['number', 'table'];
  }
}
