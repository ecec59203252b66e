import { Text } from '@mantine/core';
import { number } from '../shared/format.ts';
import { TextLink } from '../shared/links.tsx';
import type { Member } from './queries.ts';

/** The page of what is not well, which the server names by its address; by its name, or as the title of what happened. */
export function MemberLink({ member, title }: { member: Member; title?: string }) {
  const [path, query] = member.path.split('?');
  return (
    <TextLink
      to={path as '/connections'}
      search={Object.fromEntries(new URLSearchParams(query))}
      fw={title ? 600 : undefined}
      style={{ overflowWrap: 'anywhere' }}
    >
      {title ?? member.name}
    </TextLink>
  );
}

/** The first few of an incident, in one line. */
export function MemberLine({ members, total }: { members: Member[]; total: number }) {
  return (
    <Text size="sm" component="div">
      {members.map((member, n) => (
        <span key={`${member.path} ${member.name}`}>
          {n > 0 && ', '}
          <MemberLink member={member} />
        </span>
      ))}
      {total > members.length && ` and ${number(total - members.length)} more`}
    </Text>
  );
}
