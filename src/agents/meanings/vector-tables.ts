import type { EntityManager } from '@mikro-orm/postgresql';
import { query } from '../../storage/sql.js';
import { toVector } from './stored-vector.js';
import { VectorTable } from './vector-table.js';

export type FoundVectors = {
  /** Null: there are too many tools. */
  table: VectorTable | null;
  version: bigint;
};
type Kept = FoundVectors & { dimensions: number; readAt: number };
type Row = { id: string; version: string; vector: string | null };

const rowsAtOnce = 1000;
/** Tools that were deleted stay until then. */
const maxAgeMs = 60 * 60 * 1000;
const numberBytes = 4;
/** Deleted tools and those of a moment ago. */
const spareShare = 1.1;
const maxGoneShare = 2;
const maxTenants = 10_000;

export type VectorTablesOptions = { model: string; maxTools: number; maxBytes: number };

/** The vectors of tenants, kept as long as there is room, the least used going first; what is new is read on demand. */
export class VectorTables {
  private readonly kept = new Map<string, Kept>();
  private readonly running = new Map<string, Promise<Kept>>();

  constructor(private readonly options: VectorTablesOptions) {}

  /** All vectors of a tenant with so many numbers, and their version. */
  async find(em: EntityManager, tenant: string, dimensions: number): Promise<FoundVectors> {
    const version = await this.readVersion(em, tenant);
    const known = this.kept.get(tenant);
    if (known && this.isCurrent(known, version, dimensions)) {
      this.touch(tenant, known);
      return known;
    }
    // Whoever comes meanwhile waits for the same read, which may be a batch behind.
    const key = `${tenant}\n${dimensions}`;
    const reading =
      this.running.get(key) ??
      this.read(em, { tenant, version, dimensions }).finally(() => this.running.delete(key));
    this.running.set(key, reading);
    return reading;
  }

  private isCurrent({ version, dimensions, readAt }: Kept, newest: bigint, wanted: number) {
    return version >= newest && dimensions === wanted && performance.now() - readAt < maxAgeMs;
  }

  private async readVersion(em: EntityManager, tenant: string): Promise<bigint> {
    const [row] = await query<{ version: string }>(
      em,
      'select version from tool_embedding_turns where tenant_id = $1 and model = $2',
      [tenant, this.options.model],
    );
    return BigInt(row?.version ?? 0);
  }

  private async read(
    em: EntityManager,
    { tenant, version, dimensions }: { tenant: string; version: bigint; dimensions: number },
  ): Promise<Kept> {
    const known = this.kept.get(tenant);
    const tools = await countTools(em, tenant);
    const bytes = tools * dimensions * numberBytes;
    if (tools > this.options.maxTools || bytes > this.options.maxBytes) {
      return this.keep(tenant, { table: null, dimensions, version, readAt: performance.now() });
    }
    const old = known && this.isCurrent(known, 0n, dimensions) ? known.table : null;
    if (known && old && old.size <= maxGoneShare * tools + rowsAtOnce) {
      await this.fill(em, tenant, old);
      return this.keep(tenant, { ...known, version });
    }
    const capacity = version === 0n ? 0 : Math.ceil(tools * spareShare);
    const table = new VectorTable(dimensions, capacity);
    await this.fill(em, tenant, table);
    return this.keep(tenant, { table, dimensions, version, readAt: performance.now() });
  }

  private async fill(em: EntityManager, tenant: string, table: VectorTable): Promise<void> {
    let after = { version: table.version, id: 'ffffffff-ffff-ffff-ffff-ffffffffffff' };
    for (;;) {
      const rows = await query<Row>(em, selectNewer, [
        ...[tenant, this.options.model],
        ...[String(after.version), after.id],
      ]);
      for (const { id, vector } of rows) {
        const numbers = toVector(vector ?? '');
        if (numbers.length === table.dimensions) table.set(id, numbers);
        else table.clear(id);
      }
      const last = rows.at(-1);
      if (!last) break;
      after = { version: BigInt(last.version), id: last.id };
    }
    table.version = after.version;
  }

  /** The least used stay in front. */
  private touch(tenant: string, entry: Kept): void {
    this.kept.delete(tenant);
    this.kept.set(tenant, entry);
  }

  private keep(tenant: string, entry: Kept): Kept {
    this.touch(tenant, entry);
    let bytes = [...this.kept.values()].reduce((sum, { table }) => sum + (table?.bytes ?? 0), 0);
    for (const [oldest, { table }] of this.kept) {
      const isRoom = bytes <= this.options.maxBytes && this.kept.size <= maxTenants;
      if (isRoom || oldest === tenant) break;
      this.kept.delete(oldest);
      bytes -= table?.bytes ?? 0;
    }
    return entry;
  }
}

const selectNewer = `select tool_id as id, version, encode(vector, 'base64') as vector from tool_embeddings
  where tenant_id = $1 and model = $2 and (version, tool_id) > ($3::bigint, $4::uuid)
  order by version, tool_id limit ${rowsAtOnce}`;

async function countTools(em: EntityManager, tenant: string): Promise<number> {
  const [row] = await query<{ tools: number }>(
    em,
    "select tools from search_words where tenant_id = $1 and word = ''",
    [tenant],
  );
  return row?.tools ?? 0;
}
