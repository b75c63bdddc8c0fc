import type { ApiRow } from '../../catalog/catalog.queries.js';
import { presentDeduction, presentProblem, presentSkipped } from './present-sync.js';

/** The sealed headers never leave: only their names do. */
export function presentApi(api: ApiRow, endpointCount: number) {
  return {
    id: api.id,
    tenant_id: api.tenantId,
    app_id: api.appId,
    name: api.name,
    title: api.title ?? null,
    base_url: api.baseUrl,
    swagger_url: api.swaggerUrl ?? null,
    header_names: api.headerNames,
    content_hash: api.contentHash,
    spec_version: api.specVersion,
    compatibility_score: api.compatibilityScore,
    endpoint_count: endpointCount,
    deductions: api.deductions.map(presentDeduction),
    warnings: api.problems.map(presentProblem),
    skipped_operations: api.skippedOperations.map(presentSkipped),
    created_at: api.createdAt.toISOString(),
    synced_at: api.syncedAt.toISOString(),
  };
}
