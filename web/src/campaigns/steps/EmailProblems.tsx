import { Group, List, Text } from '@mantine/core';
import { IconAlertTriangle, IconCircleX, IconInfoCircle } from '@tabler/icons-react';
import type { TemplateProblem } from '../queries.ts';

const signs = {
  error: { Sign: IconCircleX, color: 'var(--mantine-color-error)' },
  warning: { Sign: IconAlertTriangle, color: 'var(--mantine-color-orange-text)' },
  hint: { Sign: IconInfoCircle, color: 'var(--mantine-color-dimmed)' },
} as const;

const fields = { subject: 'Subject', html: 'HTML', text: 'Text' } as const;

/** Where a problem is, as people say it. */
function place({ field, part, line }: TemplateProblem): string {
  const where = part === null ? fields[field] : `Part “${part}”`;
  return line === null ? where : `${where}, line ${line}`;
}

/** What to look at before an email is sent, the worst first. */
export function EmailProblems({ problems }: { problems: readonly TemplateProblem[] }) {
  if (problems.length === 0) {
    return (
      <Text size="sm" c="dimmed" data-testid="email-fine">
        Nothing amiss.
      </Text>
    );
  }
  const levels = Object.keys(signs);
  const sorted = problems.toSorted((a, b) => levels.indexOf(a.level) - levels.indexOf(b.level));
  return (
    <List listStyleType="none" spacing={4} aria-label="Checks of this email" data-testid="email-problems">
      {sorted.map((problem) => {
        const { Sign, color } = signs[problem.level];
        return (
          <List.Item key={`${place(problem)} ${problem.message}`}>
            <Group gap={6} wrap="nowrap" align="flex-start">
              <Sign
                size={16}
                color={color}
                style={{ flexShrink: 0, marginTop: 2 }}
                aria-label={problem.level}
              />
              <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
                <Text span c="dimmed" inherit>
                  {place(problem)}:{' '}
                </Text>
                {problem.message}
              </Text>
            </Group>
          </List.Item>
        );
      })}
    </List>
  );
}
