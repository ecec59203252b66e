import { Alert, Skeleton, Stack, Text } from '@mantine/core';
import { IconCircleCheck, IconCircleX } from '@tabler/icons-react';
import { PersonChoice } from '../campaigns/PersonChoice.tsx';
import { AsOf } from '../shared/AsOf.tsx';
import { Loaded } from '../shared/Loaded.tsx';
import { TextLink } from '../shared/links.tsx';
import { Panel } from '../shared/Panel.tsx';
import { useBelongings } from './belongings.ts';
import { ExplainTree } from './ExplainTree.tsx';
import { useExplanation } from './explain.ts';
import type { Segment } from './queries.ts';
import { belongingsIn } from './rule.ts';

interface Props {
  segment: Segment;
  person: string | undefined;
  choose: (person: string | undefined) => void;
}

/** Why one person is in the segment, or is not: the rule, part by part. */
export function Explain({ segment, person, choose }: Props) {
  const answer = useExplanation(segment.id, person);
  const { nameOf } = useBelongings(belongingsIn([segment.rule]));
  return (
    <Panel title="Why is somebody in, or not?" aside={<AsOf time={answer.data?.as_of} />}>
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
                <ExplainTree node={explanation} rule={segment.rule} nameOf={nameOf} />
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
