import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { Question, Taken } from './smtp/server.ts';

export interface SmtpProcess {
  port: number;
  /** How many emails it took. */
  count(): Promise<number>;
  taken(): Promise<Taken>;
  forget(): Promise<void>;
  stop(): Promise<void>;
}

/** An SMTP server that takes everything, in a process of its own: it outlives the workers that are killed. */
export async function smtpProcess(): Promise<SmtpProcess> {
  const child = fork(new URL('./smtp/server.ts', import.meta.url), {
    serialization: 'advanced',
    execArgv: [],
  });
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  let turn: Promise<unknown> = Promise.resolve();
  // One question after the other, so that each answer is its own.
  const ask = <T>(question: Question): Promise<T> => {
    const answer = turn.then(async () => {
      child.send(question);
      return (await once(child, 'message'))[0] as T;
    });
    turn = answer;
    return answer;
  };
  return {
    port,
    count: () => ask('count'),
    taken: () => ask('taken'),
    forget: () => ask('forget'),
    async stop() {
      const exited = once(child, 'exit');
      child.disconnect();
      await exited;
    },
  };
}
