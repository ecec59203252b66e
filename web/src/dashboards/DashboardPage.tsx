import { Button, Card, Skeleton } from '@mantine/core';
import { IconLayoutGridAdd } from '@tabler/icons-react';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useMe } from '../access/queries.ts';
import { RangePicker } from '../metrics/controls/RangeControls.tsx';
import { periodOf } from '../metrics/range.ts';
import { StaleGate } from '../metrics/StaleGate.tsx';
import { EmptyState } from '../shared/EmptyState.tsx';
import { Loaded } from '../shared/Loaded.tsx';
import { ButtonLink, TextLink } from '../shared/links.tsx';
import { Page } from '../shared/Page.tsx';
import { AddChart } from './AddChart.tsx';
import { ChartGrid } from './ChartGrid.tsx';
import { DashboardActions } from './DashboardActions.tsx';
import { useDashboard } from './queries.ts';

/** One dashboard: its charts, over the days chosen here. */
export function DashboardPage() {
  const { id } = useParams({ from: '/shell/dashboards/$id' });
  const asked = useSearch({ from: '/shell/dashboards/$id' });
  const navigate = useNavigate({ from: '/dashboards/$id' });
  const timezone = useMe().data?.workspace.timezone ?? 'UTC';
  const dashboard = useDashboard(id);
  const period = periodOf(asked, timezone);
  const editing = asked.edit ?? false;
  const change = (next: typeof asked) =>
    void navigate({ search: (old) => ({ ...old, ...next }), resetScroll: false });
  return (
    <Page
      title={dashboard.data?.name ?? 'Dashboard'}
      back={<TextLink to="/dashboards">Dashboards</TextLink>}
      description={`${period.label}, days of ${timezone}`}
      actions={
        <>
          <RangePicker period={period} change={change} />
          {dashboard.data && (
            <>
              <AddChart dashboard={dashboard.data} />
              <Button
                variant={editing ? 'filled' : 'default'}
                onClick={() => change({ edit: editing ? undefined : true })}
              >
                {editing ? 'Done' : 'Arrange'}
              </Button>
              <DashboardActions dashboard={dashboard.data} />
            </>
          )}
        </>
      }
    >
      <Loaded query={dashboard} skeleton={<Skeleton h={320} />}>
        {(known) =>
          known.layout.length === 0 ? (
            <Card bg="var(--surface)">
              <EmptyState
                icon={IconLayoutGridAdd}
                title="Nothing on it yet"
                action={<ButtonLink to="/analytics">Analytics</ButtonLink>}
              >
                Add a saved chart with the button above, or find something worth watching in Analytics and
                save it here.
              </EmptyState>
            </Card>
          ) : (
            <StaleGate>
              <ChartGrid dashboard={known} scope={{ period, timezone, filters: [] }} editing={editing} />
            </StaleGate>
          )
        }
      </Loaded>
    </Page>
  );
}
