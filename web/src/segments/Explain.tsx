import { Alert, Skeleton, Stack, Text } from '@mantine/core';
import { IconCircleCheck, IconCircleX } from '@tabler/icons-react';
import { PersonChoice } from '../campaigns/PersonChoice.tsx';
import { AsOf } from '../shared/AsOf.tsx';
import { Loaded } from '../shared/Loaded.tsx';
import { TextLink } from '../shared/links.tsx';
import { Panel } from '../shared/Panel.tsx';
import { useBelongings } from './belongings.ts';
import { ExplainTree } from './ExplainTree.tsx';
import { type Asked, useExplanation } from './explain.ts';
import { belongingsIn, type Rule } from './rule.ts';

interface Props {
  title?: string;
  asked: Asked;
  rule: Rule;
  person: string | undefined;
  choose: (person: string | undefined) => void;
}

/** Why one person satisfies a rule, or does not: the rule, part by part. */
export function Explain({ title = 'Why is somebody in, or not?', asked, rule, person, choose }: Props) {
  const answer = useExplanation(asked, person);
  const { nameOf } = useBelongings(belongingsIn([rule]));
  return (
    <Panel title={title} aside={<AsOf time={answer.data?.as_of} />}>
      <Stack gap="md">
        <PersonChoice label="Person" placeholder="Name, e-mail or id" value={person} onChange={choose} />
        {person === undefined ? (
          <Text size="sm" c="dimmed">
            Choose a person to see each condition of the rule, and what is known of them.
          </Text>
        ) : (
          <Loaded query={answer} skeleton={<Skeleton h={140} />}>
            {({ member, explanation, profile }) => (
              <>
                <Alert
                  color={member ? 'spruce' : 'gray'}
                  icon={member ? <IconCircleCheck /> : <IconCircleX />}
                  title={member ? 'The rule holds for this person' : 'The rule does not hold for this person'}
                  data-testid="explain-result"
                />
                <ExplainTree node={explanation} rule={rule} nameOf={nameOf} />
                <TextLink to="/people/$id" params={{ id: profile }} fz="sm">
                  All that is known of this person
                </TextLink>
              </>
            )}
          </Loaded>
        )}
      </Stack>
    </Panel>
  );
}
