import { count } from '../../shared/format.ts';
import { Ends } from '../flow/Ends.tsx';
import { Flow } from '../flow/Flow.tsx';
import { everyStep, type Path } from '../flow/tree.ts';
import { WayName } from '../flow/WayName.tsx';
import type { Campaign, Report, Step, StepReport } from '../queries.ts';
import { FunnelCard } from './FunnelCard.tsx';

/** The same flow, with how far people got in it. */
export function Funnel({ campaign, report }: { campaign: Campaign; report: Report }) {
  const { definition } = campaign;
  const figures = new Map(report.steps.map((one) => [one.id, one]));
  const before = beforeEach(definition.steps);
  const card = (step: Step, _path: Path) => {
    const own = figures.get(step.id);
    if (!own) return null;
    const last = before.get(step.id);
    return (
      <FunnelCard
        step={step}
        figures={own}
        before={last === undefined ? undefined : figures.get(last)}
        entered={report.entered}
        campaign={campaign.id}
      />
    );
  };
  return (
    <Ends definition={definition}>
      <Flow
        steps={definition.steps}
        card={card}
        way={(step, index, label) => (
          <>
            <WayName step={step} index={index} label={label} />
            <WayPeople figures={figures.get(step.id)} index={index} />
          </>
        )}
      />
    </Ends>
  );
}

/** How many went one way of a split. */
function WayPeople({ figures, index }: { figures: StepReport | undefined; index: number }) {
  const way = figures?.ways?.[index];
  return way ? ` · ${count(way.people, 'person', 'people')}` : null;
}

/** For each step the one that stands right above it, if any. */
function beforeEach(steps: readonly Step[]): Map<string, string> {
  const found = new Map<string, string>();
  const lists = new Map<string, string>();
  for (const { step, path } of everyStep(steps)) {
    const list = path.slice(0, -1).join('.');
    const last = lists.get(list);
    if (last !== undefined) found.set(step.id, last);
    lists.set(list, step.id);
  }
  return found;
}
