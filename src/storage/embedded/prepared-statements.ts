import { type PGlite, protocol } from '@electric-sql/pglite';
import { createReplanning, type Statement, type StatementValue } from '../sql.js';
import type { EmbeddedResult } from './embedded-client.js';

type Fields = EmbeddedResult['fields'];
type Message = Awaited<ReturnType<PGlite['execProtocol']>>['messages'][number];

const { bind, describe, execute, parse, query, sync } = protocol.serialize;
const { DataRowMessage, RowDescriptionMessage } = protocol.messages;

/**
 * Runs statements that PGlite keeps prepared, each run as one exchange of protocol messages: `PGlite#query` parses and
 * plans every time, and takes six.
 */
export function createPreparedStatements(db: PGlite) {
  const prepared = new Map<string, Fields>();
  const replanning = createReplanning();

  async function prepare({ name, text }: Statement): Promise<Fields> {
    const messages = await exchange(db, [
      parse({ name, text }),
      describe({ type: 'S', name }),
      sync(),
    ]);
    const described = messages.find((message) => message instanceof RowDescriptionMessage);
    const fields = (described?.fields ?? []).map(({ name: column, dataTypeID }) => ({
      name: column,
      dataTypeID,
    }));
    prepared.set(name, fields);
    return fields;
  }

  return {
    run: (statement: Statement, values: readonly StatementValue[]): Promise<EmbeddedResult> =>
      db.runExclusive(async () => {
        const fields = prepared.get(statement.name) ?? (await prepare(statement));
        if (replanning.isDue()) await exchange(db, [query('discard plans')]);
        const messages = await exchange(db, [
          bind({ statement: statement.name, values: values.map(toText) }),
          execute({}),
          sync(),
        ]);
        const rows = messages
          .filter((message) => message instanceof DataRowMessage)
          .map((message) => toRow(db, fields, message.fields));
        return { rows, affectedRows: rows.length, fields };
      }),
  };
}

async function exchange(db: PGlite, messages: Uint8Array[]): Promise<Message[]> {
  return (await db.execProtocol(Buffer.concat(messages))).messages;
}

function toRow(db: PGlite, fields: Fields, values: (string | null)[]): Record<string, unknown> {
  return Object.fromEntries(
    fields.map(({ name, dataTypeID }, at) => {
      const value = values[at] ?? null;
      return [name, value === null ? null : (db.parsers[dataTypeID]?.(value, dataTypeID) ?? value)];
    }),
  );
}

function toText(value: StatementValue): string | null {
  if (value === null || typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  return `{${value.map((item) => `"${item.replace(/["\\]/g, '\\$&')}"`).join(',')}}`;
}
