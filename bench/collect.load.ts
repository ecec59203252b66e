/**
 * The load generator, in a process of its own: keeps every connection busy and notes each answer's time. It writes
 * HTTP by hand, from parts made before: it shares two cores with what it measures, and Node's own client would cost as
 * much as the server.
 */
import { connect, type Socket } from 'node:net';
import { message } from './messages.ts';

export interface LoadTask {
  url: string;
  key: string;
  batch: number;
  connections: number;
  seconds: number;
  /** Messages a second over all connections; as fast as answers come when not given. */
  rate?: number;
}
export interface LoadResult {
  messages: number;
  seconds: number;
  errors: number;
  p50: number;
  p99: number;
}

process.on('message', async (task: LoadTask) => process.send?.(await load(task)));

async function load(task: LoadTask): Promise<LoadResult> {
  const times: number[] = [];
  let errors = 0;
  const bodies = bodiesOf(task);
  const started = performance.now();
  const deadline = started + task.seconds * 1_000;
  let sent = 0;
  await Promise.all(
    Array.from({ length: task.connections }, async () => {
      const post = await open(task);
      while (performance.now() < deadline) {
        if (task.rate) {
          const due = started + (1_000 * sent) / task.rate;
          if (due > performance.now()) await new Promise((go) => setTimeout(go, due - performance.now()));
        }
        sent += task.batch;
        const begun = performance.now();
        if ((await post(bodies())) === 200) times.push(performance.now() - begun);
        else errors++;
      }
      post.end();
    }),
  );
  const took = (performance.now() - started) / 1_000;
  times.sort((a, b) => a - b);
  const at = (share: number) =>
    times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN;
  return { messages: times.length * task.batch, seconds: took, errors, p50: at(0.5), p99: at(0.99) };
}

/** Bodies of 1,000 different messages in turn, every one with an id of its own. */
function bodiesOf({ batch }: LoadTask): () => string {
  const slot = '########################';
  const templates = Array.from({ length: 1_000 }, (_, n) => JSON.stringify(message(slot, n)).split(slot));
  const run = `${process.pid}-${Date.now().toString(36)}-`;
  let next = 0;
  const one = () => {
    const id = `${run}${next}`.padEnd(slot.length, '-');
    return (templates[next++ % templates.length] as string[]).join(id);
  };
  if (batch === 1) return one;
  return () =>
    `{"batch":[${Array.from({ length: batch }, one).join(',')}],"sentAt":"${new Date().toISOString()}"}`;
}

/** A connection kept alive. What is returned sends one body and resolves with the answer's status; 0 when it broke. */
async function open({ url, key, batch }: LoadTask) {
  const { hostname, port, host } = new URL(url);
  const socket: Socket = connect(Number(port), hostname).setNoDelay(true);
  await new Promise((resolve) => socket.once('connect', resolve));
  const head = `POST /v1/${batch === 1 ? 'track' : 'batch'} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Basic ${btoa(`${key}:`)}\r\nContent-Type: application/json\r\nContent-Length: `;
  let answer = '';
  let settle: (status: number) => void = () => {};
  socket.setEncoding('latin1').on('data', (chunk) => {
    answer += chunk;
    const end = answer.indexOf('\r\n\r\n');
    if (end === -1) return;
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(answer)?.[1] ?? 0);
    if (answer.length < end + 4 + length) return;
    const status = Number(answer.slice(9, 12));
    answer = '';
    settle(status);
  });
  socket.on('error', () => settle(0)).on('close', () => settle(0));
  const post = (body: string) =>
    new Promise<number>((resolve) => {
      settle = resolve;
      // Bodies are plain ASCII.
      socket.write(`${head}${body.length}\r\n\r\n${body}`, 'latin1');
    });
  return Object.assign(post, { end: () => socket.destroy() });
}
