import pg from 'pg';

/** How to reach a server; what `pg.Pool` and `pg.Client` take. */
export interface Address {
  host: string;
  port: number;
  user: string;
  password: string;
  database: string;
}

/** Undefined when it answers, else why not. */
export async function tryConnect(address: Address): Promise<(Error & { code?: string }) | undefined> {
  const client = new pg.Client({ ...address, connectionTimeoutMillis: 2_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    return undefined;
  } catch (error) {
    return error as Error;
  } finally {
    await client.end().catch(() => {});
  }
}

/** Whether a server with our password and on this very cluster answers. */
export async function answersOn(address: Address, cluster: string): Promise<boolean> {
  const client = new pg.Client({ ...address, connectionTimeoutMillis: 2_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query("SELECT current_setting('data_directory') AS dir");
    return rows[0]?.dir === cluster;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}
