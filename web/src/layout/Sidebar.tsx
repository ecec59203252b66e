import { VisuallyHidden } from '@mantine/core';
import {
  IconActivity,
  IconBell,
  IconBuildingStore,
  IconChartHistogram,
  IconFileImport,
  IconFilter,
  IconLayoutDashboard,
  IconLayoutGrid,
  IconMail,
  IconPlugConnected,
  IconRoute,
  IconSettings,
  IconUsers,
} from '@tabler/icons-react';
import { Link, type LinkProps } from '@tanstack/react-router';
import { useIncidents } from '../alerts/queries.ts';
import { number } from '../shared/format.ts';
import { Brand } from './Brand.tsx';
import classes from './Sidebar.module.css';

const nouns: { to: NonNullable<LinkProps['to']>; label: string; icon: typeof IconUsers; exact?: boolean }[] =
  [
    { to: '/', label: 'Overview', icon: IconLayoutDashboard, exact: true },
    { to: '/analytics', label: 'Analytics', icon: IconChartHistogram },
    { to: '/dashboards', label: 'Dashboards', icon: IconLayoutGrid },
    { to: '/people', label: 'People', icon: IconUsers },
    { to: '/programs', label: 'Programs', icon: IconBuildingStore },
    { to: '/segments', label: 'Segments', icon: IconFilter },
    { to: '/campaigns', label: 'Campaigns', icon: IconRoute },
    { to: '/emails', label: 'Emails', icon: IconMail },
    { to: '/imports', label: 'Imports', icon: IconFileImport },
    { to: '/connections', label: 'Connections', icon: IconPlugConnected },
    { to: '/alerts', label: 'Alerts', icon: IconBell },
    { to: '/log', label: 'Log', icon: IconActivity },
    { to: '/settings', label: 'Settings', icon: IconSettings },
  ];

/** The nouns of Rapport. */
export function Sidebar({ onNavigate }: { onNavigate: () => void }) {
  return (
    <div className={classes.sidebar}>
      <Link to="/" className={classes.home} onClick={onNavigate} aria-label="Rapport, overview">
        <Brand />
      </Link>
      <ul className={classes.list}>
        {nouns.map(({ to, label, icon: Sign, exact }) => (
          <li key={to}>
            <Link
              to={to}
              className={classes.link}
              activeOptions={{ exact: exact ?? false, includeSearch: false }}
              activeProps={{ 'data-active': true, 'aria-current': 'page' }}
              onClick={onNavigate}
            >
              <Sign size={19} stroke={1.7} aria-hidden />
              {label}
              {to === '/alerts' && <OpenIncidents />}
            </Link>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** How many incidents are open, where somebody looks anyway. */
function OpenIncidents() {
  const open = useIncidents(true).data?.items.length ?? 0;
  if (open === 0) return null;
  return (
    <span className={classes.count}>
      {number(open)}
      <VisuallyHidden> open</VisuallyHidden>
    </span>
  );
}
