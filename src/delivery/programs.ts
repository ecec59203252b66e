import { parseSender } from './schema.ts';

/** Who the emails of a program come from; null where the sending account says it. */
export interface ProgramSender {
  name: string | null;
  address: string | null;
  reply_to: string | null;
}

export interface KnownProgram {
  id: string;
  name: string;
  sender: ProgramSender;
}

/** Loyalty programs as this room needs them; told of by whoever keeps them. */
export function createPrograms() {
  let ask: (workspace: string) => Promise<readonly KnownProgram[]> = async () => [];
  return {
    knowBy(asked: typeof ask): void {
      ask = asked;
    },
    /** All of a workspace, by id. */
    async of(workspace: string): Promise<Map<string, KnownProgram>> {
      return new Map((await ask(workspace)).map((program) => [program.id, program]));
    },
  };
}
export type Programs = ReturnType<typeof createPrograms>;

/** What an email says of who wrote it. */
export interface Identity {
  from: string;
  replyTo: string | undefined;
}

/**
 * The program's sender where it has one. Its address stands in From only in the domain the account sends for: of others the
 * provider would refuse it, or the receiver take it for a forgery; answers go there all the same.
 */
export function identityOf(account: string, program: ProgramSender | undefined): Identity {
  const own = parseSender(account);
  if (!own || !program) return { from: account, replyTo: undefined };
  const same = program.address && domainOf(program.address) === own.domain.toLowerCase();
  const name = (program.name ?? own.name).replace(/["<>\\\p{Cc}]/gu, '').trim();
  const address = same && program.address ? program.address : own.address;
  const replyTo = program.reply_to ?? (same ? null : program.address);
  return { from: name ? `${name} <${address}>` : address, replyTo: replyTo ?? undefined };
}

const domainOf = (address: string) => address.slice(address.lastIndexOf('@') + 1).toLowerCase();
