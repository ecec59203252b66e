import { type Command, InvalidArgumentError, Option } from 'commander';
import { pino } from 'pino';
import pretty from 'pino-pretty';
import { Problem } from '../engine/index.ts';
import type { Settings } from '../rapport.ts';

/** Options of every command that runs the server. */
export interface ServerOptions {
  data: string;
  host: string;
  port: number;
}

export const dataOption = () =>
  new Option('--data <dir>', 'data directory').env('RAPPORT_DATA').default('./rapport-data');

export function withServerOptions(command: Command): Command {
  return command
    .addOption(dataOption())
    .addOption(
      new Option('--host <address>', 'address to listen on').env('RAPPORT_HOST').default('127.0.0.1'),
    )
    .addOption(
      new Option('--port <number>', 'port to listen on; 0 for any free one')
        .env('RAPPORT_PORT')
        .default(4100)
        .argParser(portNumber),
    );
}

export function portNumber(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new InvalidArgumentError('A port is a whole number from 0 to 65535.');
  }
  return port;
}

export function wholeNumber(least: number, most: number) {
  return (text: string): number => {
    const number = Number(text);
    if (!Number.isInteger(number) || number < least || number > most) {
      throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
    }
    return number;
  };
}

/** Settings from options and environment. The log goes to standard error: JSON, or readable on a terminal. */
export function settingsFrom(options: ServerOptions, env: NodeJS.ProcessEnv = process.env): Settings {
  const level = env.LOG_LEVEL ?? 'info';
  if (!['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'].includes(level)) {
    throw new Problem(400, 'bad_log_level', `LOG_LEVEL is ${JSON.stringify(level)}.`, {
      hint: 'It must be debug, info, warn or error.',
    });
  }
  const log = process.stderr.isTTY
    ? pino({ level }, pretty({ destination: 2, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss' }))
    : pino({ level }, pino.destination({ dest: 2, sync: true }));
  return {
    dataDir: options.data,
    host: options.host,
    port: options.port,
    url: env.RAPPORT_URL,
    clickhouseUrl: env.CLICKHOUSE_URL,
    databaseUrl: env.DATABASE_URL,
    log,
  };
}
