import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  NoSchemaIntrospectionCustomRule,
  type OperationDefinitionNode,
  parse,
  specifiedRules,
  validate,
} from 'graphql';
import type { GraphqlConfig } from '../../../config-types.js';
import { BoundedMap } from './bounded-map.js';
import { checkDocument, maxNestingOf } from './check-document.js';
import { countable, limitError } from './limit-error.js';
import { measureCost } from './measure-cost.js';
import { scanSource } from './scan-source.js';

export type ReadDocument =
  | { document: DocumentNode; errors: null }
  | { document: null; errors: readonly GraphQLError[] };

export type Asked = {
  document: DocumentNode;
  operationName?: string | null;
  variables?: Readonly<Record<string, unknown>> | null;
};

/** What stands between the text of an operation and its execution, the same for every way that it may come. */
export type Documents = {
  /**
   * Parses a text, holds it against the limits, and validates it; from memory where it was read before. Nothing costs
   * more than in proportion to the text.
   */
  read(source: string): ReadDocument;
  /** Why an operation of a document that was read is too dear to execute, null when it is not. */
  refusal(asked: Asked): GraphQLError | null;
};

export type DocumentsOptions = {
  schema: GraphQLSchema;
  settings: Pick<
    GraphqlConfig,
    'introspection' | 'maxDepth' | 'maxAliases' | 'maxDirectives' | 'maxTokens' | 'maxCost'
  >;
  /** Of the documents that are remembered, as they lie in memory. */
  maxCacheBytes?: number;
};

/** A syntax tree takes many times the memory of its text: about this many bytes a character of it. */
const bytesPerCharacter = 100;

/** Of a text: what is longer holds a value that belongs into the variables, which are read much faster. */
const maxLength = 1024 ** 2;

export function createDocuments({
  schema,
  settings,
  maxCacheBytes = 64 * 1024 ** 2,
}: DocumentsOptions): Documents {
  const cache = new BoundedMap<DocumentNode>({ maxEntries: 10_000, maxBytes: maxCacheBytes });
  const costOf = createCosts(schema);
  const rules = settings.introspection
    ? specifiedRules
    : [...specifiedRules, NoSchemaIntrospectionCustomRule];
  const options = { hideSuggestions: !settings.introspection };
  return {
    read: (source) => {
      const known = cache.get(source);
      if (known) return { document: known, errors: null };
      const parsed = parseWithin(source, settings);
      if (parsed instanceof GraphQLError) return { document: null, errors: [parsed] };
      const tooDear = checkDocument(parsed, settings);
      if (tooDear) return { document: null, errors: [tooDear] };
      const errors = validate(schema, parsed, rules, options).map((error) =>
        toRefusal(error, 'GRAPHQL_VALIDATION_FAILED'),
      );
      if (errors.length > 0) return { document: null, errors };
      cache.set(source, parsed, source.length * bytesPerCharacter);
      return { document: parsed, errors: null };
    },
    refusal: (asked) => {
      const operation = getOperationAST(asked.document, asked.operationName);
      if (!operation) return null;
      const cost = costOf(operation, asked);
      return cost > settings.maxCost ? costError(cost, settings.maxCost, operation) : null;
    },
  };
}

function parseWithin(
  source: string,
  settings: DocumentsOptions['settings'],
): DocumentNode | GraphQLError {
  if (source.length > maxLength) {
    return limitError(
      `The document has ${source.length} characters; ${maxLength} are allowed. Send large values as variables.`,
      { limit: 'length', found: source.length, allowed: maxLength },
    );
  }
  const { maxTokens } = settings;
  const maxNesting = maxNestingOf(settings);
  const found = scanSource(source, { maxNesting, maxComments: maxTokens, maxTokens });
  if (found.nesting > maxNesting) {
    return limitError(
      `The document nests brackets more than ${maxNesting} levels deep, which is the most that is allowed.`,
      { limit: 'nesting', allowed: maxNesting },
    );
  }
  if (found.tokens > maxTokens) return tokensError(maxTokens);
  if (found.comments > maxTokens) {
    return limitError(
      `The document has more than ${maxTokens} comments, which is the most that is allowed.`,
      { limit: 'comments', allowed: maxTokens },
    );
  }
  try {
    return parse(source, { maxTokens });
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    return error.message.endsWith('Parsing aborted.')
      ? tokensError(maxTokens)
      : toRefusal(error, 'GRAPHQL_PARSE_FAILED');
  }
}

/** Measures once what no variable changes. */
function createCosts(schema: GraphQLSchema) {
  const fixed = new WeakMap<OperationDefinitionNode, number>();
  return (operation: OperationDefinitionNode, { document, variables }: Asked): number => {
    const known = fixed.get(operation);
    if (known !== undefined) return known;
    const cost = measureCost({ schema, document, operation, variables: variables ?? {} });
    const objects = countable(cost.objects);
    if (cost.isFixed) fixed.set(operation, objects);
    return objects;
  };
}

function costError(found: number, allowed: number, operation: OperationDefinitionNode) {
  return limitError(
    `The operation may ask for ${found} objects; ${allowed} are allowed. Ask for shorter lists, or in several operations.`,
    { limit: 'cost', found, allowed },
    operation,
  );
}

function tokensError(allowed: number): GraphQLError {
  return limitError(
    `The document has more than ${allowed} tokens, which is the most that is allowed.`,
    { limit: 'tokens', allowed },
  );
}

function toRefusal({ message, nodes, source, positions }: GraphQLError, code: string) {
  const extensions = { code, http: { status: 400 } };
  return new GraphQLError(message, { nodes, source, positions, extensions });
}
