import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A stand-in in a process of its own. */
export interface StandIn {
  /** `RAPPORT_MAILCHIMP_URL=… key=… list=…`, as it printed them. */
  said: Record<string, string>;
  stop(): Promise<void>;
}

async function start(file: string, args: string[]): Promise<StandIn> {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child: ChildProcess = spawn(process.execPath, [path, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  let line = '';
  for await (const chunk of child.stdout!.setEncoding('utf8')) {
    line += chunk;
    if (line.includes('\n')) break;
  }
  const said = Object.fromEntries([...line.matchAll(/(\w+)=(\S+)/g)].map(([, name, value]) => [name, value]));
  return {
    said,
    async stop() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

export interface MailchimpProcess extends StandIn {
  /** See mailchimp/control.ts. */
  order<T>(order: object): Promise<T>;
  calls(): Promise<{ total: number; bytes: number; atOnce: number }>;
}

export async function mailchimpProcess(args: string[]): Promise<MailchimpProcess> {
  const one = await start('./mailchimp/server.ts', args);
  const control = `${new URL(one.said.RAPPORT_MAILCHIMP_URL!.replace('{dc}', '')).origin}/control`;
  return {
    ...one,
    async order(order) {
      const answer = await fetch(control, { method: 'POST', body: JSON.stringify(order) });
      if (!answer.ok) throw new Error(await answer.text());
      return (await answer.json()) as never;
    },
    async calls() {
      const { calls } = (await (await fetch(control)).json()) as {
        calls: Awaited<ReturnType<MailchimpProcess['calls']>>;
      };
      return calls;
    },
  };
}

export const dataApiProcess = (args: string[] = []): Promise<StandIn> => start('./data-api/server.ts', args);
