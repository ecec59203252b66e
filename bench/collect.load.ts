/** The load generator, in a process of its own: keeps every connection busy and notes each answer's time. */
import { Agent, request } from 'node:http';
import { message } from './messages.ts';

export interface LoadTask {
  url: string;
  key: string;
  batch: number;
  connections: number;
  seconds: number;
}
export interface LoadResult {
  messages: number;
  seconds: number;
  errors: number;
  p50: number;
  p99: number;
}

process.on('message', async (task: LoadTask) => process.send?.(await load(task)));

async function load({ url, key, batch, connections, seconds }: LoadTask): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const times: number[] = [];
  let errors = 0;
  let next = 0;
  const run = `${process.pid}-${batch}-`;
  const deadline = performance.now() + seconds * 1_000;
  const started = performance.now();
  const worker = async () => {
    while (performance.now() < deadline) {
      const list = Array.from({ length: batch }, () => message(`${run}${next}`, next++));
      const body = JSON.stringify(batch === 1 ? list[0] : { batch: list, sentAt: new Date().toISOString() });
      const begun = performance.now();
      const status = await post(agent, `${url}/v1/${batch === 1 ? 'track' : 'batch'}`, key, body);
      if (status === 200) times.push(performance.now() - begun);
      else errors++;
    }
  };
  await Promise.all(Array.from({ length: connections }, worker));
  const took = (performance.now() - started) / 1_000;
  agent.destroy();
  times.sort((a, b) => a - b);
  const at = (share: number) =>
    times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN;
  return { messages: times.length * batch, seconds: took, errors, p50: at(0.5), p99: at(0.99) };
}

function post(agent: Agent, url: string, key: string, body: string): Promise<number> {
  return new Promise((done) => {
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      authorization: `Basic ${btoa(`${key}:`)}`,
    };
    const sent = request(url, { method: 'POST', agent, headers }, (answer) => {
      answer.resume();
      answer.on('end', () => done(answer.statusCode ?? 0));
    });
    sent.on('error', () => done(0));
    sent.end(body);
  });
}
