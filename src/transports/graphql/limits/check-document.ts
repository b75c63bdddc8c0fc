import { type DocumentNode, GraphQLError } from 'graphql';
import type { GraphqlConfig } from '../../../config-types.js';
import { countRepeats } from './count-repeats.js';
import { countable, limitError } from './limit-error.js';
import { type ExecutableNode, type Measure, measureDocument } from './measure-document.js';
import { orderFragments } from './order-fragments.js';

export type DocumentLimits = Pick<
  GraphqlConfig,
  'maxDepth' | 'maxAliases' | 'maxDirectives' | 'maxTokens'
>;

/** Pairs of selections that validation may compare: a fraction of a second. */
const maxRepeats = 1_000_000;

/** Brackets and selections that are no fields may nest a little deeper than fields. */
export function maxNestingOf({ maxDepth }: Pick<GraphqlConfig, 'maxDepth'>): number {
  return maxDepth + 100;
}

/**
 * What makes a parsed document too dear to look at any further, null when nothing does: fragments that spread
 * themselves, and each operation and fragment beyond a limit, fragments written out. In time linear in the document.
 */
export function checkDocument(document: DocumentNode, limits: DocumentLimits): GraphQLError | null {
  const { ordered, cyclic } = orderFragments(document);
  if (cyclic !== null) return cyclicError(cyclic);
  const measures = measureDocument(document, ordered);
  for (const [definition, measure] of measures) {
    const error = checkMeasure(definition, measure, limits);
    if (error) return error;
  }
  return checkWhole(document, measures.values(), limits);
}

function checkMeasure(
  definition: ExecutableNode,
  { depth, aliases, directives, nesting }: Measure,
  { maxDepth, maxAliases, maxDirectives }: DocumentLimits,
): GraphQLError | null {
  const maxNesting = maxNestingOf({ maxDepth });
  const bounds = [
    ['depth', depth, maxDepth, 'levels of nested fields'],
    ['aliases', aliases, maxAliases, 'aliases'],
    ['directives', directives, maxDirectives, 'directives'],
    ['nesting', nesting, maxNesting, 'levels of nested selections'],
  ] as const;
  for (const [limit, count, allowed, what] of bounds) {
    if (count <= allowed) continue;
    const found = countable(count);
    const message = `The ${toWords(definition)} has ${found} ${what}, fragments written out; ${allowed} are allowed.`;
    return limitError(message, { limit, found, allowed }, definition);
  }
  return null;
}

/** Nothing that follows the fragments wherever they are spread may run before the selections are counted. */
function checkWhole(
  document: DocumentNode,
  measures: Iterable<Measure>,
  { maxTokens }: DocumentLimits,
): GraphQLError | null {
  let selections = 0;
  for (const measure of measures) selections = countable(selections + measure.selections);
  if (selections > maxTokens) {
    return limitError(
      `The document selects ${selections} fields and fragments, fragments written out; ${maxTokens} are allowed.`,
      { limit: 'selections', found: selections, allowed: maxTokens },
    );
  }
  const repeats = countable(countRepeats(document));
  if (repeats <= maxRepeats) return null;
  return limitError(
    `The document selects the same fields again and again: ${repeats} pairs would have to be compared; ${maxRepeats} are allowed. Select each field once.`,
    { limit: 'repeats', found: repeats, allowed: maxRepeats },
  );
}

function cyclicError(name: string): GraphQLError {
  return new GraphQLError(`The fragment "${name}" spreads itself, by way of others or directly.`, {
    extensions: { code: 'GRAPHQL_VALIDATION_FAILED', http: { status: 400 } },
  });
}

function toWords(definition: ExecutableNode): string {
  const kind = 'operation' in definition ? 'operation' : 'fragment';
  return definition.name ? `${kind} "${definition.name.value}"` : kind;
}
