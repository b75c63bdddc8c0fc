import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';
import { GraphQLDateTime, GraphQLJSON } from 'graphql-scalars';

/** Any JSON value, exactly as given: the order of keys is kept, and a key named `__proto__` is data like any other. */
export const JsonScalar = new GraphQLScalarType<unknown, unknown>({
  ...GraphQLJSON.toConfig(),
  description: 'Any JSON value, kept as given.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc8259',
});

export const DateTimeScalar = new GraphQLScalarType<Date, Date>({
  ...GraphQLDateTime.toConfig(),
  description: 'A moment in UTC, as RFC 3339 writes it: `2007-12-03T10:15:30.000Z`.',
});

/** A revision inside is a decimal string of at most 18 digits, so that it always fits PostgreSQL's bigint. */
export const RevisionScalar = new GraphQLScalarType<string, string>({
  name: 'Revision',
  description:
    'Catalog revision of a tenant: a gapless counter, as a decimal string. `"0"` is before the first change.',
  serialize: String,
  parseValue: toRevision,
  parseLiteral: (node) =>
    toRevision(node.kind === Kind.STRING || node.kind === Kind.INT ? node.value : node.kind),
});

function toRevision(value: unknown): string {
  const text = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
  if (typeof text === 'string' && /^\d{1,18}$/.test(text)) return String(BigInt(text));
  throw new GraphQLError(
    `A Revision is a decimal string of at most 18 digits, such as "42", not ${JSON.stringify(value)}.`,
  );
}
