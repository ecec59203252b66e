import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Client, clientFor } from '../../src/cli/client.ts';

const here = fileURLToPath(new URL('../../bin/rapport.js', import.meta.url));

export interface RapportProcess {
  url: string;
  pid: number;
  client: Client;
  /** All it printed to standard output so far. */
  output(): string;
  /** SIGKILL: nothing is cleaned up. */
  kill(): Promise<void>;
  /** SIGTERM; resolves to the exit code. */
  stop(): Promise<number | null>;
}

/** Starts the real program in a process of its own, as `rapport start` does; `command` is another copy of it. */
export async function startProcess(
  dataDir: string,
  port = 0,
  command = here,
  env: NodeJS.ProcessEnv = {},
): Promise<RapportProcess> {
  const { child, output, errors } = run(['start', '--data', dataDir, '--port', String(port)], env, command);
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const ready = new Promise<string>((done, fail) => {
    child.stdout?.on('data', () => {
      const url = /ready at (\S+)/.exec(output())?.[1];
      if (url) done(url);
    });
    void exited.then(([code]) => fail(new Error(`rapport ended with ${code}: ${errors()}`)));
  });
  const url = await ready;
  return {
    url,
    pid: child.pid as number,
    client: clientFor(dataDir, {}),
    output,
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
    async stop() {
      child.kill('SIGTERM');
      return (await exited)[0];
    },
  };
}

/** Runs a command to its end; with `stopAt`, Ctrl-C is pressed when that appears among its errors. */
export async function runCommand(
  args: string[],
  env: NodeJS.ProcessEnv = {},
  stopAt?: RegExp,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const { child, output, errors } = run(args, env);
  let pressed = false;
  child.stderr?.on('data', () => {
    if (pressed || !stopAt?.test(errors())) return;
    pressed = true;
    child.kill('SIGINT');
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout: output(), stderr: errors() };
}

function run(args: string[], env: NodeJS.ProcessEnv = {}, command = here) {
  const child: ChildProcess = spawn(process.execPath, [command, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, LOG_LEVEL: 'warn', ...env },
  });
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      texts[name] += text;
    });
  }
  return { child, output: () => texts.stdout, errors: () => texts.stderr };
}
