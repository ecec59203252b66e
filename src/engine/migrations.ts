import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';

/** A room, as far as migrations are concerned. */
export interface MigratedRoom {
  readonly name: string;
  /** The room's folder; migrations lie in `migrations/<engine>/*.sql` below it. */
  readonly folder: URL;
}

/** One file that changes an engine's schema, run once. */
export interface MigrationFile {
  room: string;
  /** File name without `.sql`: `0001_log`. */
  name: string;
  sql: string;
  /** SHA-256 of the text, hex: a file that was applied must never be edited. */
  checksum: string;
}

/**
 * Reads the migration files of the rooms for one engine: rooms in the given order (lower floors
 * first), files of a room in name order. A room without the folder has none.
 */
export function migrationsOf(
  rooms: readonly MigratedRoom[],
  engine: 'postgres' | 'clickhouse',
): MigrationFile[] {
  return rooms.flatMap((room) => {
    const folder = new URL(`migrations/${engine}/`, withSlash(room.folder));
    return sqlFiles(folder).map((file) => {
      // Line ends are made the same, so that a checkout on Windows has the same checksum.
      const sql = readFileSync(new URL(file, folder), 'utf8').replaceAll('\r\n', '\n');
      return {
        room: room.name,
        name: file.slice(0, -'.sql'.length),
        sql,
        checksum: createHash('sha256').update(sql).digest('hex'),
      };
    });
  });
}

function sqlFiles(folder: URL): string[] {
  try {
    return readdirSync(folder)
      .filter((file) => file.endsWith('.sql'))
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

const withSlash = (folder: URL) => (folder.href.endsWith('/') ? folder : new URL(`${folder.href}/`));
