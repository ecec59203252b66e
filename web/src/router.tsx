import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
} from '@tanstack/react-router';
import { SignIn } from './access/SignIn.tsx';
import { signedOut } from './api/query.ts';
import { dashboard } from './dashboards/address.ts';
import { Crash } from './layout/Crash.tsx';
import { NotFound } from './layout/NotFound.tsx';
import { Shell } from './layout/Shell.tsx';
import { rejected } from './log/address.ts';
import { analytics } from './metrics/address.ts';
import { timeline } from './profiles/timelineSearch.ts';
import * as search from './search.ts';

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound });
const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: search.signIn,
  component: SignIn,
});
const shell = createRoute({ getParentRoute: () => root, id: 'shell', component: Shell });
const under = () => shell;

const rooms = [
  createRoute({
    getParentRoute: under,
    path: '/',
    validateSearch: search.overview,
    component: lazyRouteComponent(() => import('./overview/Overview.tsx'), 'Overview'),
  }),
  createRoute({
    getParentRoute: under,
    path: '/analytics',
    validateSearch: analytics,
    component: lazyRouteComponent(() => import('./metrics/Analytics.tsx'), 'Analytics'),
  }),
  createRoute({
    getParentRoute: under,
    path: '/dashboards',
    validateSearch: search.tab('dashboards', 'charts'),
    component: lazyRouteComponent(() => import('./dashboards/Dashboards.tsx'), 'Dashboards'),
  }),
  createRoute({
    getParentRoute: under,
    path: '/dashboards/$id',
    validateSearch: dashboard,
    component: lazyRouteComponent(() => import('./dashboards/DashboardPage.tsx'), 'DashboardPage'),
  }),
  createRoute({
    getParentRoute: under,
    path: '/people',
    validateSearch: search.people,
    component: lazyRouteComponent(() => import('./profiles/People.tsx'), 'People'),
  }),
  createRoute({
    getParentRoute: under,
    path: '/people/$id',
    validateSearch: timeline,
    component: lazyRouteComponent(() => import('./profiles/Person.tsx'), 'Person'),
  }),
  createRoute({
    getParentRoute: under,
    path: '/erasures',
    component: lazyRouteComponent(() => import('./profiles/Erasures.tsx'), 'Erasures'),
  }),
  createRoute({
    getParentRoute: under,
    path: '/erasures/$id',
    component: lazyRouteComponent(() => import('./profiles/ErasurePage.tsx'), 'ErasurePage'),
  }),
  createRoute({
    getParentRoute: under,
    path: '/programs',
    component: lazyRouteComponent(() => import('./programs/Programs.tsx'), 'Programs'),
  }),
  createRoute({
    getParentRoute: under,
    path: '/programs/$id',
    component: lazyRouteComponent(() => import('./programs/ProgramPage.tsx'), 'ProgramPage'),
  }),
  createRoute({
    getParentRoute: under,
    path: '/segments',
    component: lazyRouteComponent(() => import('./segments/Segments.tsx'), 'Segments'),
  }),
  createRoute({
    getParentRoute: under,
    path: '/segments/new',
    component: lazyRouteComponent(() => import('./segments/NewSegment.tsx'), 'NewSegment'),
  }),
  createRoute({
    getParentRoute: under,
    path: '/segments/$id',
    validateSearch: search.segment,
    component: lazyRouteComponent(() => import('./segments/SegmentPage.tsx'), 'SegmentPage'),
  }),
  createRoute({
    getParentRoute: under,
    path: '/campaigns',
    component: lazyRouteComponent(() => import('./campaigns/Campaigns.tsx'), 'Campaigns'),
  }),
  createRoute({
    getParentRoute: under,
    path: '/campaigns/new',
    component: lazyRouteComponent(() => import('./campaigns/NewCampaign.tsx'), 'NewCampaign'),
  }),
  createRoute({
    getParentRoute: under,
    path: '/campaigns/$id',
    validateSearch: search.campaign,
    component: lazyRouteComponent(() => import('./campaigns/CampaignPage.tsx'), 'CampaignPage'),
  }),
  createRoute({
    getParentRoute: under,
    path: '/emails',
    validateSearch: search.emails,
    component: lazyRouteComponent(() => import('./delivery/Emails.tsx'), 'Emails'),
  }),
  createRoute({
    getParentRoute: under,
    path: '/emails/mailbox',
    validateSearch: search.mailbox,
    component: lazyRouteComponent(() => import('./delivery/Mailbox.tsx'), 'Mailbox'),
  }),
  createRoute({
    getParentRoute: under,
    path: '/emails/parts',
    component: lazyRouteComponent(() => import('./delivery/TemplateParts.tsx'), 'TemplateParts'),
  }),
  createRoute({
    getParentRoute: under,
    path: '/imports',
    component: lazyRouteComponent(() => import('./imports/Imports.tsx'), 'Imports'),
  }),
  createRoute({
    getParentRoute: under,
    path: '/imports/$id',
    component: lazyRouteComponent(() => import('./imports/ImportPage.tsx'), 'ImportPage'),
  }),
  createRoute({
    getParentRoute: under,
    path: '/connections',
    component: lazyRouteComponent(() => import('./connections/Connections.tsx'), 'Connections'),
  }),
  createRoute({
    getParentRoute: under,
    path: '/connections/new',
    validateSearch: search.newConnection,
    component: lazyRouteComponent(() => import('./connections/NewConnection.tsx'), 'NewConnection'),
  }),
  createRoute({
    getParentRoute: under,
    path: '/connections/$id',
    validateSearch: search.tab('runs', 'mapping', 'dead-letters', 'settings'),
    component: lazyRouteComponent(() => import('./connections/ConnectionPage.tsx'), 'ConnectionPage'),
  }),
  createRoute({
    getParentRoute: under,
    path: '/alerts',
    validateSearch: search.tab('incidents', 'channels'),
    component: lazyRouteComponent(() => import('./alerts/Alerts.tsx'), 'Alerts'),
  }),
  createRoute({
    getParentRoute: under,
    path: '/alerts/incidents/$id',
    component: lazyRouteComponent(() => import('./alerts/IncidentPage.tsx'), 'IncidentPage'),
  }),
  createRoute({
    getParentRoute: under,
    path: '/log',
    validateSearch: rejected,
    component: lazyRouteComponent(() => import('./log/LogPage.tsx'), 'LogPage'),
  }),
  createRoute({
    getParentRoute: under,
    path: '/settings',
    validateSearch: search.tab('workspace', 'keys', 'accounts', 'suppressions'),
    component: lazyRouteComponent(() => import('./settings/Settings.tsx'), 'Settings'),
  }),
] as const;

export const router = createRouter({
  routeTree: root.addChildren([signIn, shell.addChildren(rooms)]),
  defaultPreload: 'intent',
  defaultErrorComponent: Crash,
  defaultNotFoundComponent: NotFound,
  scrollRestoration: true,
});

signedOut.go = () => {
  if (router.state.location.pathname !== '/sign-in') void router.navigate({ to: '/sign-in' });
};

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
