import { expect, it } from 'vitest';
import { query } from '../../src/storage/sql.js';
import { openTestStorage } from '../support/test-storage.js';

type Column = { table: string; name: string; type: string; nullable: boolean };

const readColumns = `select table_name as "table", column_name as name, is_nullable = 'YES' as nullable,
    case when data_type = 'ARRAY' then ltrim(udt_name, '_') || '[]'
         when data_type = 'timestamp with time zone' then 'timestamptz'
         when data_type = 'integer' then 'int' else data_type end as type
  from information_schema.columns where table_schema = 'public' and table_name <> 'schema_migrations'
  order by 1, 2`;

it('has the columns that the entities describe', async () => {
  await using storage = await openTestStorage();
  const em = storage.fork();
  const described: Column[] = [...em.getMetadata().getAll().values()].flatMap(
    ({ tableName, props }) =>
      props.map(({ fieldNames, columnTypes, nullable }) => ({
        table: tableName,
        name: fieldNames[0] ?? '',
        type: (columnTypes[0] ?? '').replace(/\(\d+\)/, ''),
        nullable: nullable === true,
      })),
  );
  const byName = (one: Column, other: Column) =>
    `${one.table}.${one.name}` < `${other.table}.${other.name}` ? -1 : 1;
  const columns = await query<Column>(em, readColumns);
  expect(described.sort(byName)).toEqual(columns.sort(byName));
});

it('carries the tenant in every table but those that all tenants share', async () => {
  await using storage = await openTestStorage();
  const columns = await query<Column>(storage.fork(), readColumns);
  const tables = Map.groupBy(columns, ({ table }) => table);
  const shared = [...tables]
    .filter(([, found]) => !found.some(({ name, nullable }) => name === 'tenant_id' && !nullable))
    .map(([table]) => table);
  expect(shared).toEqual(['local_tools']);
});

it('names the tenant in every foreign key, so that no row can point into another tenant', async () => {
  await using storage = await openTestStorage();
  const keys = await query<{ name: string; columns: string[] }>(
    storage.fork(),
    `select c.conname as name, array_agg(a.attname::text) as columns
     from pg_constraint c
     join pg_attribute a on a.attrelid = c.conrelid and a.attnum = any(c.conkey)
     where c.contype = 'f' group by c.conname`,
  );
  expect(keys.length).toBeGreaterThan(0);
  expect(keys.filter(({ columns }) => !columns.includes('tenant_id'))).toEqual([]);
});
