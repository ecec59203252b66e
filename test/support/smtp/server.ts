/**
 * The npm `smtp-server` in a process of its own: takes every email and notes its Message-ID and when it was taken. It
 * answers what it is asked by the channel of `fork`; see smtp-process.ts.
 */
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** What it took since it was last told to forget: in the order of their times. */
export interface Taken {
  ids: string[];
  /** Milliseconds since 1970. */
  at: number[];
}
export type Question = 'count' | 'taken' | 'forget';

let taken: Taken = { ids: [], at: [] };

const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS'],
  // Looking up who connects would take longer than the email.
  disableReverseLookup: true,
  logger: false,
  onData(stream, _session, done) {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      const email = Buffer.concat(chunks).toString('latin1');
      taken.ids.push(/^Message-ID: (\S+)/im.exec(email)?.[1] ?? '');
      taken.at.push(Date.now());
      done();
    });
  },
});
// Of a client that is killed in the middle.
server.on('error', () => {});
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.server.address() as AddressInfo).port }));

process.on('message', (question: Question) => {
  if (question === 'forget') taken = { ids: [], at: [] };
  process.send?.(question === 'taken' ? taken : taken.ids.length);
});
process.on('disconnect', () => process.exit());
