import type { OperationChange } from '../../catalog/plan-changes.js';
import type { SyncPlan } from '../../catalog/plan-sync.js';
import type { SpecPreview, ToolPreview } from '../../catalog/preview-spec.js';
import type { SyncConflict, SyncSuccess } from '../../catalog/sync-api.js';
import type { ScoreDeduction, SkippedOperation, SpecProblem } from '../../openapi/types.js';
import { presentDraftParameter } from './present-endpoint.js';

export function presentProblem({ code, message, pointer, severity, line }: SpecProblem) {
  return { code, message, pointer, line: line ?? null, severity: severity.toLowerCase() };
}

export function presentSkipped({ method, path, reason, message, pointer }: SkippedOperation) {
  return { method, path, reason, message, pointer };
}

export function presentDeduction({ code, message, points, pointer }: ScoreDeduction) {
  return { code, message, points, pointer };
}

export function presentSync(synced: SyncSuccess) {
  return {
    api_id: synced.api.id,
    name: synced.api.name,
    outcome: synced.outcome.toLowerCase(),
    endpoints_added: synced.endpointsAdded,
    endpoints_updated: synced.endpointsUpdated,
    endpoints_removed: synced.endpointsRemoved,
    content_hash: synced.contentHash,
    compatibility_score: synced.api.compatibilityScore,
    warnings: synced.problems.map(presentProblem),
    skipped_operations: synced.api.skippedOperations.map(presentSkipped),
    revision: synced.revision,
  };
}

export function presentConflict({ message, agentIds, changes }: SyncConflict) {
  return { detail: message, agents: agentIds, changes: changes.map(presentChange) };
}

export function presentPlan({ outcome, blocked, changes, agentIds }: SyncPlan) {
  return {
    outcome: outcome.toLowerCase(),
    blocked,
    changes: changes.map(presentChange),
    agents: agentIds,
  };
}

function presentChange(change: OperationChange) {
  const { kind, method, path, name, breaking, grade, reasons, agentIds } = change;
  return {
    kind: kind.toLowerCase(),
    ...{ method, path, name, breaking, grade: grade.toLowerCase(), reasons, agents: agentIds },
  };
}

export function presentPreview(preview: SpecPreview) {
  return {
    valid: preview.valid,
    spec_version: preview.specVersion,
    title: preview.title,
    tools_preview: preview.tools.map(presentToolPreview),
    warnings: preview.problems.map(presentProblem),
    skipped_operations: preview.skippedOperations.map(presentSkipped),
    compatibility_score: preview.compatibilityScore,
    deductions: preview.deductions.map(presentDeduction),
  };
}

function presentToolPreview(tool: ToolPreview) {
  return {
    name: tool.name,
    method: tool.method,
    path: tool.path,
    description: tool.description,
    tags: tool.tags,
    deprecated: tool.deprecated,
    parameters: tool.parameters.map(presentDraftParameter),
    input_schema: tool.inputSchema,
    output_schema: tool.outputSchema,
  };
}
