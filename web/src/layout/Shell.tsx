import { AppShell, Burger, Center, Group, Loader, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Outlet } from '@tanstack/react-router';
import { useMe } from '../access/queries.ts';
import { Failure } from '../shared/Failure.tsx';
import { SchemeSwitch } from './SchemeSwitch.tsx';
import classes from './Shell.module.css';
import { Sidebar } from './Sidebar.tsx';

/** The frame around every room: sidebar, header, and the room itself once it is known who asks. */
export function Shell() {
  const [opened, { toggle, close }] = useDisclosure();
  const me = useMe();
  const workspace = me.data?.workspace;
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 224, breakpoint: 'md', collapsed: { mobile: !opened } }}
      padding={{ base: 'md', sm: 'xl' }}
      layout="alt"
    >
      <a href="#content" className={classes.skip}>
        Skip to content
      </a>
      <AppShell.Header className={classes.header}>
        <Group h="100%" px={{ base: 'md', sm: 'xl' }} justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap" miw={0}>
            <Burger opened={opened} onClick={toggle} hiddenFrom="md" size="sm" aria-label="Menu" />
            <Text fw={600} truncate>
              {workspace?.name}
            </Text>
            <Text c="dimmed" size="xs" visibleFrom="sm">
              {workspace?.timezone}
            </Text>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <Text c="dimmed" size="sm" visibleFrom="sm">
              {me.data?.person?.email}
            </Text>
            <SchemeSwitch />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar className={classes.navbar} aria-label="Rooms" component="nav">
        <Group hiddenFrom="md" justify="flex-end" p="sm" bg="var(--ink)">
          <Burger
            opened={opened}
            onClick={toggle}
            size="sm"
            color="var(--ink-text)"
            aria-label="Close menu"
          />
        </Group>
        <Sidebar onNavigate={close} />
      </AppShell.Navbar>
      <AppShell.Main id="content" className={classes.main} tabIndex={-1}>
        {me.isError && !me.data ? (
          <Failure error={me.error} retry={() => me.refetch()} />
        ) : me.data ? (
          <Outlet />
        ) : (
          <Center h={240}>
            <Loader type="dots" aria-label="Loading" />
          </Center>
        )}
      </AppShell.Main>
    </AppShell>
  );
}
