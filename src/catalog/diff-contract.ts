import type { JsonSchema, OperationPlan } from '../openapi/types.js';
import { diffOutputs } from './diff-outputs.js';
import { diffSchemas } from './diff-schemas.js';
import { isSame } from './schema-parts.js';

/** What an agent relies on when it holds a tool. */
export type Contract = {
  name: string;
  method: string;
  path: string;
  inputSchema: JsonSchema;
  outputSchema: JsonSchema | null;
  plan: OperationPlan;
};

export type ContractDiff = {
  /** An agent that holds the old contract may fail with the new one. */
  breaking: boolean;
  /** What changed, one sentence each; breaking ones first. */
  reasons: string[];
};

/** Compares two contracts of one operation: what it takes may only widen, what it answers may only lose nothing. */
export function diffContract(before: Contract, after: Contract): ContractDiff {
  const breaking = [
    ...(before.name === after.name
      ? []
      : [`the tool is called "${after.name}" now, not "${before.name}"`]),
    ...(isReading(before.method) && !isReading(after.method)
      ? [`it only read (${before.method}) and writes now (${after.method})`]
      : []),
    ...diffSchemas(before.inputSchema, after.inputSchema).map((reason) => `input ${reason}`),
    ...diffOutputs(before.outputSchema, after.outputSchema).map((reason) => `output ${reason}`),
    ...diffSecurity(before.plan.security, after.plan.security),
  ];
  const harmless = [
    ...(before.method === after.method && before.path === after.path
      ? []
      : [`it is ${after.method} ${after.path} now, not ${before.method} ${before.path}`]),
    ...(isSame(before.inputSchema, after.inputSchema) ? [] : ['its input schema is another']),
    ...(isSame(before.outputSchema, after.outputSchema) ? [] : ['its output schema is another']),
    ...(isSame(before.plan, after.plan) ? [] : ['its request is built in another way']),
  ];
  const reasons = breaking.length > 0 ? breaking : harmless;
  return {
    breaking: breaking.length > 0,
    reasons: reasons.length > 0 ? reasons : ['its description, tags or deprecation are others'],
  };
}

function diffSecurity(
  before: OperationPlan['security'],
  after: OperationPlan['security'],
): string[] {
  if (after.length === 0) return [];
  const asked = before.length === 0 ? [{}] : before;
  const isStillEnough = after.some((needed) =>
    asked.some((had) => Object.keys(needed).every((scheme) => Object.hasOwn(had, scheme))),
  );
  return isStillEnough ? [] : ['it needs other credentials now'];
}

function isReading(method: string): boolean {
  return ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'QUERY'].includes(method);
}
