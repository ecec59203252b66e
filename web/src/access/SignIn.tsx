import { Alert, Button, Card, Center, Code, Stack, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect } from 'react';
import { Brand } from '../layout/Brand.tsx';
import { useMe } from './queries.ts';
import classes from './SignIn.module.css';

/** Nobody is signed in: how to get in. The one-time link itself is the server's. */
export function SignIn() {
  useDocumentTitle('Sign in · Rapport');
  const me = useMe();
  const { error } = useSearch({ from: '/sign-in' });
  const navigate = useNavigate();
  const signedIn = me.isSuccess && !me.isError;
  useEffect(() => {
    if (signedIn) navigate({ to: '/' });
  }, [signedIn, navigate]);
  return (
    <Center component="main" className={classes.ground}>
      <Card maw={460} w="100%" padding="xl" className={classes.card}>
        <div className={classes.band}>
          <Brand />
        </div>
        <Stack gap="md">
          <Title order={1}>Sign in with your link</Title>
          {error && (
            <Alert color="red" title="The link did not sign you in" role="alert">
              It was used before, or is older than a day. Make a new one as below.
            </Alert>
          )}
          <Text>
            Rapport has no default password. When it starts, it prints a link that signs you in once. Open
            that link in this browser.
          </Text>
          <div>
            <Text size="sm" c="dimmed" mb={6}>
              The link is used up or gone? Make another where Rapport runs:
            </Text>
            <Code block>rapport sign-in-link</Code>
          </div>
          <Button variant="default" onClick={() => me.refetch()} loading={me.isFetching}>
            I have opened it
          </Button>
        </Stack>
      </Card>
    </Center>
  );
}
