import { setImmediate } from 'node:timers/promises';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { JsonSchema, OperationPlan } from '../openapi/types.js';
import { query } from '../storage/sql.js';
import { diffContract } from './diff-contract.js';
import { type DescribedContract, gradeOperation } from './grade-operation.js';
import { type Grading, gradeNewTool, type ToolGrade } from './grade-tool-change.js';
import { matchOperations, type OperationMatch, type StoredEndpoint } from './match-operations.js';
import type { SerializedDraft } from './spec-reader.js';
import type { SyncStrategy } from './sync-input.js';

export const operationChangeKinds = ['ADDED', 'CHANGED', 'REMOVED', 'RENAMED'] as const;
export type OperationChangeKind = (typeof operationChangeKinds)[number];

export type OperationChange = {
  kind: OperationChangeKind;
  method: string;
  path: string;
  name: string;
  /** An agent that holds the tool as it is may fail with it as it will be. */
  breaking: boolean;
  grade: ToolGrade;
  /** What is suspicious, and what differs. */
  reasons: string[];
  /** Agents that are assigned the endpoint, sorted. */
  agentIds: string[];
};

export type ChangePlan = {
  match: OperationMatch;
  changes: OperationChange[];
  /** Agents whose tools change, sorted. */
  agentIds: string[];
  /** Agents that are assigned any endpoint of the API, sorted. */
  assignedAgentIds: string[];
};

/** What a sync would do to the endpoints of an API; `apiId` null = the API is new. Reads only. */
export async function planChanges(
  em: EntityManager,
  { tenant, apiId, drafts }: { tenant: string; apiId: string | null; drafts: SerializedDraft[] },
): Promise<ChangePlan> {
  const stored = apiId ? await readStored(em, tenant, apiId) : [];
  const match = matchOperations(stored, drafts);
  const assigned = apiId ? await readAssignments(em, tenant, apiId) : new Map<string, string[]>();
  const contracts = await readContracts(em, tenant, match);
  const changes = await toChanges(match, contracts, assigned, stored.length > 0);
  return {
    match,
    changes,
    agentIds: sorted(changes.flatMap(({ agentIds }) => agentIds)),
    assignedAgentIds: sorted([...assigned.values()].flat()),
  };
}

/** Why the strategy does not let the plan through; null when it does. */
export function findConflict(
  { changes, assignedAgentIds }: Pick<ChangePlan, 'changes' | 'assignedAgentIds'>,
  strategy: SyncStrategy,
): { message: string; agentIds: string[]; changes: OperationChange[] } | null {
  if (strategy === 'FORCE' || assignedAgentIds.length === 0) return null;
  if (strategy === 'GUARD') {
    return {
      message: `The document changed, and endpoints of this API are assigned to ${names(assignedAgentIds)}. Nothing was written. Look at the changes, then sync again with the strategy SAFE or FORCE.`,
      agentIds: assignedAgentIds,
      changes,
    };
  }
  const broken = changes.filter(({ breaking, agentIds }) => breaking && agentIds.length > 0);
  if (broken.length === 0) return null;
  const agentIds = sorted(broken.flatMap((change) => change.agentIds));
  return {
    message: `${broken.length} assigned ${broken.length === 1 ? 'endpoint' : 'endpoints'} would change in a way that can break ${names(agentIds)}. Nothing was written. Sync with the strategy FORCE to apply it all the same.`,
    agentIds,
    changes: broken,
  };
}

function names(agentIds: string[]): string {
  const shown = agentIds.slice(0, 5).map((id) => `"${id}"`);
  const more = agentIds.length - shown.length;
  const listed = more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
  return agentIds.length === 1 ? `the agent ${listed}` : `the agents ${listed}`;
}

/** Schemas and plan as JSON text: parsed one contract at a time. */
type ContractText = { inputSchema: string; outputSchema: string | null; plan: string };
type StoredContract = ContractText & {
  title: string | null;
  description: string | null;
  isReadOnly: boolean;
};

// Comparing two large contracts takes a few milliseconds: others get a turn in between.
const contractsPerTurn = 10;

async function toChanges(
  { added, changed, removed }: OperationMatch,
  contracts: Map<string, StoredContract>,
  assigned: Map<string, string[]>,
  isKnown: boolean,
): Promise<OperationChange[]> {
  const agentsOf = ({ id }: StoredEndpoint) => assigned.get(id) ?? [];
  const changes: OperationChange[] = [];
  for (const [index, { draft, name }] of added.entries()) {
    if (index % contractsPerTurn === 0) await setImmediate();
    changes.push({
      kind: 'ADDED',
      ...at(draft),
      name,
      breaking: false,
      ...(isKnown ? gradeAdded(draft) : { grade: 'HARMLESS' as const, reasons: [] }),
      agentIds: [],
    });
  }
  for (const [index, { stored, next }] of changed.entries()) {
    if (index % contractsPerTurn === 0) await setImmediate();
    const before = contracts.get(stored.id);
    if (!before) throw new Error('An endpoint has gone while its tenant was locked.');
    const old: DescribedContract = {
      ...{ ...at(stored), name: stored.name, ...parseContract(before) },
      ...{ title: before.title, description: before.description, isReadOnly: before.isReadOnly },
    };
    const now: DescribedContract = {
      ...{ ...at(next.draft), name: next.name, ...parseContract(next.draft) },
      ...{ ...describe(next.draft), isReadOnly: next.draft.readOnly },
    };
    const diff = diffContract(old, now);
    changes.push({
      kind: stored.name === next.name ? 'CHANGED' : 'RENAMED',
      ...at(next.draft),
      name: next.name,
      breaking: diff.breaking,
      ...gradeOperation(old, now, diff),
      agentIds: agentsOf(stored),
    });
  }
  for (const stored of removed) {
    changes.push({
      kind: 'REMOVED',
      ...at(stored),
      name: stored.name,
      breaking: true,
      grade: 'BREAKING',
      reasons: ['the operation does not exist any more'],
      agentIds: agentsOf(stored),
    });
  }
  return changes;
}

function gradeAdded(draft: SerializedDraft): Grading {
  return gradeNewTool({ ...describe(draft), ...parseContract(draft), annotations: {} });
}

function describe({ summary, description }: SerializedDraft) {
  return { title: summary ?? null, description: description ?? null };
}

function parseContract({ inputSchema, outputSchema, plan }: ContractText) {
  return {
    inputSchema: JSON.parse(inputSchema) as JsonSchema,
    outputSchema: outputSchema ? (JSON.parse(outputSchema) as JsonSchema) : null,
    plan: JSON.parse(plan) as OperationPlan,
  };
}

function at({ method, path }: { method: string; path: string }) {
  return { method, path };
}

function readStored(em: EntityManager, tenant: string, apiId: string): Promise<StoredEndpoint[]> {
  return query<StoredEndpoint>(
    em,
    `select id, operation_id as "operationId", method, path, name, edited_name as "editedName",
            edited_description as "editedDescription", contract_hash as "contractHash", position
     from endpoints where tenant_id = $1 and api_id = $2 order by position, id`,
    [tenant, apiId],
  );
}

async function readAssignments(
  em: EntityManager,
  tenant: string,
  apiId: string,
): Promise<Map<string, string[]>> {
  const rows = await query<{ endpointId: string; agentIds: string[] }>(
    em,
    `select t.endpoint_id as "endpointId", array_agg(t.agent_id order by t.agent_id) as "agentIds"
     from agent_tool_assignments t
     join endpoints e on e.tenant_id = t.tenant_id and e.id = t.endpoint_id
     where t.tenant_id = $1 and e.api_id = $2 group by t.endpoint_id`,
    [tenant, apiId],
  );
  return new Map(rows.map(({ endpointId, agentIds }) => [endpointId, agentIds]));
}

async function readContracts(
  em: EntityManager,
  tenant: string,
  { changed }: OperationMatch,
): Promise<Map<string, StoredContract>> {
  const rows = await query<StoredContract & { id: string }>(
    em,
    `select id, input_schema::text as "inputSchema", output_schema::text as "outputSchema", plan::text,
       summary as title, source_description as description,
       coalesce((expose_as->>'readOnlyHint')::boolean, false) as "isReadOnly"
     from endpoints where tenant_id = $1 and id = any($2::uuid[])`,
    [tenant, changed.map(({ stored }) => stored.id)],
  );
  return new Map(rows.map((row) => [row.id, row]));
}

function sorted(ids: string[]): string[] {
  return [...new Set(ids)].sort();
}
