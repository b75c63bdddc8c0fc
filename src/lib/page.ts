import { z } from 'zod';
import { AppError } from '../errors.js';
import { isUuid } from './uuid.js';

/** Some of a list, in its order. `cursorOf` gives the opaque cursor that continues after an item. */
export type Page<T> = {
  items: T[];
  total: number;
  hasNextPage: boolean;
  hasPreviousPage: boolean;
  cursorOf(item: T): string;
};

/** Relay's forward paging arguments, for a verb's schema. */
export function pageArguments({ first }: { first: number }) {
  return {
    first: z
      .number()
      .int()
      .min(1)
      .max(1000)
      .nullish()
      .transform((value) => value ?? first),
    after: z.string().max(2000).nullish(),
  };
}

/** A keyset position as an opaque string. */
export function encodeCursor(position: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

export type CursorPart = 'text' | 'integer' | 'uuid';

/** Reads what `encodeCursor` made of such parts, with or without the `more` ones; throws INVALID_INPUT for anything else. */
export function decodeCursor(
  cursor: string,
  parts: readonly CursorPart[],
  more: readonly CursorPart[] = [],
) {
  const position = parseQuietly(Buffer.from(cursor, 'base64url').toString());
  const isSound =
    Array.isArray(position) &&
    [parts.length, parts.length + more.length].includes(position.length) &&
    position.every((value, index) => isPart(value, [...parts, ...more][index]));
  if (!isSound) {
    throw new AppError('INVALID_INPUT', 'after: is not a cursor of this list.', {
      issues: [
        { path: ['after'], message: 'is not a cursor of this list', code: 'invalid_cursor' },
      ],
    });
  }
  return position as (string | number)[];
}

function isPart(value: unknown, part: CursorPart | undefined): boolean {
  if (part === 'integer') return Number.isInteger(value) && Math.abs(Number(value)) < 2 ** 31;
  if (part === 'uuid') return typeof value === 'string' && isUuid(value);
  return typeof value === 'string' && !value.includes('\0');
}

function parseQuietly(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
