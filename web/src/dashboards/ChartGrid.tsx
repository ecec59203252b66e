import { VisuallyHidden } from '@mantine/core';
import { type DragEvent, useState } from 'react';
import type { Scope } from '../metrics/queries.ts';
import { failed } from '../shared/notify.ts';
import { ChartCard } from './ChartCard.tsx';
import classes from './Dashboard.module.css';
import { moved, resized, without } from './layout.ts';
import { type Dashboard, type Placed, useChangeDashboard } from './queries.ts';

interface Props {
  dashboard: Dashboard;
  scope: Scope;
  editing: boolean;
}

/** The charts in rows of three columns. While it is arranged, each can be moved and resized, by button or by dragging. */
export function ChartGrid({ dashboard, scope, editing }: Props) {
  const change = useChangeDashboard(dashboard.id);
  const [dragged, setDragged] = useState<number>();
  const [told, setTold] = useState('');
  const { layout } = dashboard;
  const charts = new Map(dashboard.charts.map((chart) => [chart.id, chart]));
  const lay = (next: Placed[], what: string) => {
    setTold(what);
    change.mutate({ layout: next }, { onError: failed });
  };
  return (
    <div className={classes.grid}>
      <VisuallyHidden aria-live="polite">{told}</VisuallyHidden>
      {layout.map((placed, at) => {
        const chart = charts.get(placed.chart);
        if (!chart) return null;
        const drag = {
          draggable: editing,
          onDragStart: (event: DragEvent) => {
            event.dataTransfer.effectAllowed = 'move';
            setDragged(at);
          },
          onDragEnd: () => setDragged(undefined),
          onDragOver: (event: DragEvent) => dragged !== undefined && event.preventDefault(),
          onDrop: () => {
            if (dragged === undefined || dragged === at) return;
            lay(moved(layout, dragged, at), `Moved to place ${at + 1} of ${layout.length}`);
          },
        };
        return (
          // Dragging is a shortcut for the buttons of the card.
          <div
            key={placed.chart}
            className={classes.cell}
            data-testid="dashboard-cell"
            data-width={placed.width}
            data-dragged={dragged === at || undefined}
            {...(editing ? drag : {})}
          >
            <ChartCard
              chart={chart}
              placed={placed}
              scope={scope}
              arrange={
                editing
                  ? {
                      first: at === 0,
                      last: at === layout.length - 1,
                      move: (by) =>
                        lay(
                          moved(layout, at, at + by),
                          `${chart.name} is at place ${at + by + 1} of ${layout.length}`,
                        ),
                      resize: (by) => {
                        const next = resized(layout, at, by);
                        const size = next[at];
                        lay(next, `${chart.name} is ${size?.width} wide and ${size?.height} high`);
                      },
                      remove: () => lay(without(layout, chart.id), `${chart.name} is off the dashboard`),
                    }
                  : undefined
              }
            />
          </div>
        );
      })}
    </div>
  );
}
