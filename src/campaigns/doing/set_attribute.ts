import { messageText } from '../../log/index.ts';
import type { Doing, Planned } from './doing.ts';

/**
 * Says something of people in the log, and goes on once it is in its views, so that the next step can ask about it. Should
 * the transaction fail after it, the same is said again, under the same message id and time, and counts once.
 */
export const setAttributes: Doing<Planned<'set_attribute'>> = async ({ needs, running, step, people }) => {
  const receivedAt = needs.engine.clock.now();
  await needs.log.append(
    people.map(({ profile, round, due_at }) => ({
      workspace: running.workspace,
      source: 'campaigns',
      receivedAt,
      message: messageText({
        type: 'identify',
        messageId: `campaign:${running.id}:${step.id}:${round}:${profile}`,
        userId: profile,
        timestamp: due_at.toISOString(),
        traits: step.attributes,
      }),
    })),
  );
  return people.map((person) => ({ person, to: step.next }));
};
