import { describe, expect, inject, it } from 'vitest';
import { query, type StatementValue, toStatement } from '../../src/storage/sql.js';
import { openTestStorage } from '../support/test-storage.js';

describe('a prepared statement', () => {
  const typed = `select $1::text as text, $2::int as int, $3::text[] as list, $4::json as json, $4::json->>'a' as part,
    $2::bigint as bigint, $2 > 1 as yes, null::text as nothing, timestamptz '2026-01-01T00:00:00Z' as time`;
  const values: StatementValue[] = ['it\'s "ü" \\', 7, ['a,b', '"c"', '\\', ''], '{"a":[1,null]}'];

  it('answers as it does when it is not prepared', async () => {
    await using storage = await openTestStorage();
    const [row] = await storage.run(toStatement(typed), values);
    expect(row).toMatchObject({ int: 7, json: { a: [1, null] }, list: values[2], nothing: null });
    expect([row]).toEqual(await query(storage.fork(), typed, values));
  });

  it('runs hundreds of times at once beside transactions', async () => {
    await using storage = await openTestStorage();
    const statement = toStatement('select $1::int * 2 as twice');
    const doubled = Array.from({ length: 300 }, (_, n) => storage.run(statement, [n]));
    const transactions = Array.from({ length: 3 }, () =>
      storage.fork().transactional((em) => query(em, 'select 1 as one')),
    );
    expect(await Promise.all(doubled)).toEqual(
      Array.from({ length: 300 }, (_, n) => [{ twice: n * 2 }]),
    );
    expect(await Promise.all(transactions)).toEqual(Array(3).fill([{ one: 1 }]));
  });

  it('runs again after a run that failed', async () => {
    await using storage = await openTestStorage();
    const divide = toStatement('select 6 / $1::int as part');
    await expect(storage.run(divide, [0])).rejects.toMatchObject({ code: '22012' });
    expect(await storage.run(divide, [3])).toEqual([{ part: 2 }]);
    await expect(storage.run(toStatement('select nonsense'), [])).rejects.toThrow('nonsense');
    expect(await storage.run(divide, [2])).toEqual([{ part: 3 }]);
  });

  it('is planned anew for a table that has grown', async () => {
    await using storage = await openTestStorage();
    const em = storage.fork();
    await query(em, 'create table grown (id int primary key)');
    const { name, text } = toStatement(
      'select id from json_to_recordset($1::json) as given(id int) join grown using (id)',
    );
    const runOften = async () => {
      for (let run = 0; run < 120; run += 1) await storage.run({ name, text }, ['[{"id":7}]']);
    };
    const explain = async () => JSON.stringify(await query(em, `explain execute ${name}('[]')`));
    await runOften();
    expect(await explain()).toContain('Seq Scan on grown');
    await query(em, 'insert into grown select generate_series(1, 100000)');
    await runOften();
    expect(await explain()).toMatch(/Index (Only )?Scan/);
  });

  // As behind a pooler that hands out another connection for each statement.
  describe.runIf(inject('postgresUrl'))('on connections that others use too', () => {
    it('runs where its connection does not know it any more', async () => {
      await using storage = await openTestStorage();
      const statement = toStatement('select $1::int as n');
      expect(await storage.run(statement, [1])).toEqual([{ n: 1 }]);
      await query(storage.fork(), 'deallocate all');
      expect(await storage.run(statement, [2])).toEqual([{ n: 2 }]);
      expect(await storage.run(statement, [3])).toEqual([{ n: 3 }]);
    });

    it('runs where its connection knows it already', async () => {
      await using storage = await openTestStorage();
      const { name, text } = toStatement('select $1::int as n');
      await query(storage.fork(), `prepare ${name} as ${text}`);
      expect(await storage.run({ name, text }, [1])).toEqual([{ n: 1 }]);
    });
  });
});
