import { AppError } from '../errors.js';
import { RecentMap } from '../lib/recent-map.js';
import { isObject } from '../openapi/plain-objects.js';
import type { JsonSchema } from '../openapi/types.js';
import type { CallableEndpoint } from './call-types.js';
import { type CompiledSchema, compileSchema } from './check/compile-schema.js';
import { explainErrors } from './check/explain-errors.js';

export type CheckableEndpoint = Pick<
  CallableEndpoint,
  'id' | 'contractHash' | 'inputSchema' | 'name'
> & {
  /** Somebody else wrote the schema: one that cannot be compiled leaves the arguments to the upstream's judgement. */
  isForeign?: boolean;
};

export interface ArgumentChecker {
  /**
   * The arguments as they are to be sent: a required one that is missing has its default, nothing else is changed and
   * nothing is converted. Absent arguments count as none.
   * Throws INVALID_INPUT with up to ten sentences, each with its JSON pointer, in the message and in `details.issues`.
   */
  check(endpoint: CheckableEndpoint, args: unknown): Record<string, unknown>;
}

const noArguments: Record<string, unknown> = {};

/** Checks arguments against input schemas, each compiled once for each contract; the `maxCompiled` last used are kept. */
export function createArgumentChecker({ maxCompiled = 500 } = {}): ArgumentChecker {
  const compiled = new RecentMap<string, CompiledSchema>(maxCompiled);
  return {
    check(endpoint, args) {
      const { id, contractHash, inputSchema, name, isForeign = false } = endpoint;
      const given = args ?? noArguments;
      if (!isObject(given)) {
        const found = Array.isArray(given) ? 'a list' : `a ${typeof given}`;
        throw new AppError(
          'INVALID_INPUT',
          `The arguments of "${name}" must be an object, got ${found}.`,
          {
            issues: [
              { path: [], message: `The arguments must be an object, got ${found}.`, code: 'type' },
            ],
          },
        );
      }
      const key = `${id} ${contractHash}`;
      let schema = compiled.get(key);
      if (!schema) {
        schema = isForeign ? compileOrAccept(inputSchema) : compileSchema(inputSchema);
        compiled.set(key, schema);
      }
      const complete = withRequiredDefaults(inputSchema, given);
      if (schema.isValid(complete)) return complete;
      const issues = explainErrors(schema.findErrors(complete), schema.root);
      const sentences = issues.map(({ message }) => message).join(' ');
      throw new AppError('INVALID_INPUT', `The arguments of "${name}" do not fit. ${sentences}`, {
        issues,
      });
    },
  };
}

function compileOrAccept(schema: JsonSchema): CompiledSchema {
  try {
    return compileSchema(schema);
  } catch {
    return { root: schema, isValid: () => true, findErrors: () => [] };
  }
}

function withRequiredDefaults(
  { required, properties }: JsonSchema,
  given: Record<string, unknown>,
): Record<string, unknown> {
  const complete = { ...given };
  if (!Array.isArray(required) || !isObject(properties)) return complete;
  for (const name of required) {
    if (Object.hasOwn(complete, name) || !Object.hasOwn(properties, name)) continue;
    const schema = properties[name];
    if (isObject(schema) && schema.default !== undefined) complete[name] = schema.default;
  }
  return complete;
}
