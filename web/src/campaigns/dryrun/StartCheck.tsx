import { Loader, Stack, Text } from '@mantine/core';
import { usePeopleChoice } from '../../profiles/queries.ts';
import { Failure } from '../../shared/Failure.tsx';
import { Loaded } from '../../shared/Loaded.tsx';
import { TextLink } from '../../shared/links.tsx';
import { stepText } from '../flow/stepText.ts';
import { everyStep } from '../flow/tree.ts';
import { type Campaign, type EmailStep, useDryRun, usePreview } from '../queries.ts';
import { EmailProblems } from '../steps/EmailProblems.tsx';
import { DryRunResult } from './DryRunResult.tsx';
import { unfinished } from './unfinished.ts';

/** Before a campaign starts: what will happen, and what one should look at first. */
export function StartCheck({ campaign, close }: { campaign: Campaign; close: () => void }) {
  const { definition } = campaign;
  const missing = unfinished(definition);
  const run = useDryRun(definition, missing.length === 0);
  const emails = [...everyStep(definition.steps)].flatMap(({ step }) =>
    step.type === 'email' ? [step] : [],
  );
  return (
    <Stack gap="sm">
      {missing.length > 0 ? (
        <Failure error={new Error(missing.join(' '))} />
      ) : (
        <Loaded query={run} skeleton={<Loader size="sm" />}>
          {(result) => <DryRunResult result={result} steps={definition.steps} />}
        </Loaded>
      )}
      {emails.map((step) => (
        <EmailCheck key={step.id} step={step} campaign={campaign.id} close={close} />
      ))}
    </Stack>
  );
}

/** What is amiss in one email, as somebody would get it; nothing when nothing is. */
function EmailCheck({ step, campaign, close }: { step: EmailStep; campaign: string; close: () => void }) {
  const { subject, html, text } = step;
  const people = usePeopleChoice('');
  const person = people.data?.items[0]?.id;
  const preview = usePreview({ subject, html, text, person_id: person });
  const problems = preview.data?.problems.filter(({ level }) => level !== 'hint') ?? [];
  if (people.isPending || problems.length === 0) return null;
  return (
    <div data-testid="start-problems">
      <Text size="sm" fw={600} mb={4}>
        Look at{' '}
        <TextLink
          to="/campaigns/$id"
          params={{ id: campaign }}
          search={{ tab: 'steps', step: step.id }}
          onClick={close}
        >
          {stepText(step).title}
        </TextLink>{' '}
        first:
      </Text>
      <EmailProblems problems={problems} />
    </div>
  );
}
