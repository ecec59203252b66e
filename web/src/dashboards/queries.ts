import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type Answer, ApiError, answer, api, type Body } from '../api/client.ts';

export type Chart = Answer<'/api/charts/{id}', 'get'>;
export type ChartKind = Chart['chart'];
export type NewChart = Body<'/api/charts', 'post'>;
export type Dashboard = Answer<'/api/dashboards/{id}', 'get'>;
export type Placed = Dashboard['layout'][number];

/** The charts that were saved, by name. */
export const useCharts = () =>
  useQuery({ queryKey: ['charts'], queryFn: () => answer(api.GET('/api/charts')) });

/** The dashboards of the workspace, by name. */
export const useDashboards = (enabled = true) =>
  useQuery({ queryKey: ['dashboards'], queryFn: () => answer(api.GET('/api/dashboards')), enabled });

/** A dashboard with its charts. */
export const useDashboard = (id: string) =>
  useQuery({
    queryKey: ['dashboards', id],
    queryFn: () => answer(api.GET('/api/dashboards/{id}', { params: { path: { id } } })),
  });

export function useCreateDashboard() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Body<'/api/dashboards', 'post'>) => answer(api.POST('/api/dashboards', { body })),
    onSuccess: () => client.invalidateQueries({ queryKey: ['dashboards'] }),
  });
}

/** Renames a dashboard, or lays it out anew. The new layout is shown before it is kept. */
export function useChangeDashboard(id: string) {
  const client = useQueryClient();
  const key = ['dashboards', id];
  return useMutation({
    mutationFn: (body: Body<'/api/dashboards/{id}', 'patch'>) =>
      answer(api.PATCH('/api/dashboards/{id}', { params: { path: { id } }, body })),
    // One after the other: the last layout asked for is the one that stays.
    scope: { id: `dashboard ${id}` },
    onMutate: async ({ layout }) => {
      await client.cancelQueries({ queryKey: key });
      const before = client.getQueryData<Dashboard>(key);
      if (before && layout) {
        const charts = new Map(before.charts.map((chart) => [chart.id, chart]));
        client.setQueryData<Dashboard>(key, {
          ...before,
          layout: layout.map(({ chart, width = 1, height = 1 }) => ({ chart, width, height })),
          charts: layout.flatMap(({ chart }) => charts.get(chart) ?? []),
        });
      }
      return before;
    },
    onError: (_error, _change, before) => client.setQueryData(key, before),
    onSettled: () => client.invalidateQueries({ queryKey: ['dashboards'] }),
  });
}

export function useDeleteDashboard(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => answer(api.DELETE('/api/dashboards/{id}', { params: { path: { id } } })),
    onSuccess: () => {
      client.removeQueries({ queryKey: ['dashboards', id] });
      return client.invalidateQueries({ queryKey: ['dashboards'], exact: true });
    },
  });
}

/** Where a new chart goes: on no dashboard, on one there is, or on a new one. */
export type Place = { dashboard: string } | { newDashboard: string } | undefined;

/** Puts a chart on a dashboard, and resolves to its id. */
async function lay(chart: Pick<Chart, 'id' | 'chart'>, place: NonNullable<Place>): Promise<string> {
  const placed = { chart: chart.id, width: chart.chart === 'number' ? 1 : 2, height: 1 } as const;
  if ('newDashboard' in place) {
    const body = { name: place.newDashboard, layout: [placed] };
    return (await answer(api.POST('/api/dashboards', { body }))).id;
  }
  const path = { id: place.dashboard };
  const { layout } = await answer(api.GET('/api/dashboards/{id}', { params: { path } }));
  const body = { layout: [...layout, placed] };
  return (await answer(api.PATCH('/api/dashboards/{id}', { params: { path }, body }))).id;
}

/** Keeps a question as a chart, and puts it where it is wanted: both or neither. Resolves to the dashboard's id, if any. */
export function useSaveChart() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ chart, place }: { chart: NewChart; place: Place }) => {
      const saved = await answer(api.POST('/api/charts', { body: chart }));
      if (!place) return undefined;
      try {
        return await lay(saved, place);
      } catch (error) {
        await api.DELETE('/api/charts/{id}', { params: { path: { id: saved.id } } }).catch(() => {});
        if (!(error instanceof ApiError) || error.field !== 'name') throw error;
        const { code, message, hint } = error;
        throw new ApiError(error.status, { code, message, field: 'dashboard', ...(hint ? { hint } : {}) });
      }
    },
    onSettled: () =>
      Promise.all(['charts', 'dashboards'].map((name) => client.invalidateQueries({ queryKey: [name] }))),
  });
}

export function useChangeChart(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Body<'/api/charts/{id}', 'patch'>) =>
      answer(api.PATCH('/api/charts/{id}', { params: { path: { id } }, body })),
    onSuccess: () =>
      Promise.all(['charts', 'dashboards'].map((name) => client.invalidateQueries({ queryKey: [name] }))),
  });
}

/** Deletes a chart, from every dashboard too. */
export function useDeleteChart(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () =>
      answer(
        api.DELETE('/api/charts/{id}', {
          params: { path: { id }, query: { off_dashboards: 'true' } },
        }),
      ),
    onSuccess: () =>
      Promise.all(['charts', 'dashboards'].map((name) => client.invalidateQueries({ queryKey: [name] }))),
  });
}
