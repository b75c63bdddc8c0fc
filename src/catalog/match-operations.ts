import { createHash } from 'node:crypto';
import type { SerializedDraft } from './spec-reader.js';

/** What the catalog holds of an endpoint, as far as matching needs it. */
export type StoredEndpoint = {
  id: string;
  operationId: string | null;
  method: string;
  path: string;
  name: string;
  editedName: string | null;
  editedDescription: string | null;
  contractHash: string;
  position: number;
};

/** A draft with the tool name and the place that it gets in the catalog. */
export type PlacedDraft = { draft: SerializedDraft; name: string; position: number };

export type OperationMatch = {
  added: PlacedDraft[];
  /** Same operation, and the document says something else of it. */
  changed: { stored: StoredEndpoint; next: PlacedDraft }[];
  /** Same operation, said in the same way; only its place in the document moved. */
  moved: { stored: StoredEndpoint; next: PlacedDraft }[];
  unchanged: number;
  removed: StoredEndpoint[];
};

/**
 * Pairs a document's operations with the endpoints of the catalog: by operationId, then by method and path.
 * Names that a person gave stay; a draft whose name one of those takes gets a suffix from its method and path.
 */
export function matchOperations(
  stored: readonly StoredEndpoint[],
  drafts: readonly SerializedDraft[],
): OperationMatch {
  const pairs = pairUp(stored, drafts);
  const names = settleNames(drafts, pairs);
  const match: OperationMatch = { added: [], changed: [], moved: [], unchanged: 0, removed: [] };
  const kept = new Set<StoredEndpoint>();

  drafts.forEach((draft, position) => {
    const endpoint = pairs.get(draft);
    const next = { draft, name: names.get(draft) ?? draft.name, position };
    if (!endpoint) {
      match.added.push(next);
      return;
    }
    kept.add(endpoint);
    if (endpoint.contractHash !== draft.contractHash || endpoint.name !== next.name) {
      match.changed.push({ stored: endpoint, next });
    } else if (endpoint.position !== position) {
      match.moved.push({ stored: endpoint, next });
    } else {
      match.unchanged += 1;
    }
  });
  match.removed = stored.filter((endpoint) => !kept.has(endpoint));
  return match;
}

function pairUp(stored: readonly StoredEndpoint[], drafts: readonly SerializedDraft[]) {
  const pairs = new Map<SerializedDraft, StoredEndpoint>();
  const free = new Set(stored);
  const pairBy = (keyOf: (operation: SerializedDraft | StoredEndpoint) => string | null) => {
    const byKey = new Map<string, StoredEndpoint>();
    for (const endpoint of free) {
      const key = keyOf(endpoint);
      if (key !== null) byKey.set(key, endpoint);
    }
    for (const draft of drafts) {
      const key = keyOf(draft);
      const endpoint = key === null || pairs.has(draft) ? undefined : byKey.get(key);
      if (endpoint && free.delete(endpoint)) pairs.set(draft, endpoint);
    }
  };
  pairBy(({ operationId }) => operationId);
  pairBy(({ method, path }) => `${method} ${path}`);
  return pairs;
}

function settleNames(
  drafts: readonly SerializedDraft[],
  pairs: Map<SerializedDraft, StoredEndpoint>,
): Map<SerializedDraft, string> {
  const names = new Map<SerializedDraft, string>();
  for (const draft of drafts) {
    const given = pairs.get(draft)?.editedName;
    if (given) names.set(draft, given);
  }
  const given = new Set(names.values());
  for (const draft of drafts) {
    if (!names.has(draft)) {
      names.set(draft, given.has(draft.name) ? withSuffix(draft) : draft.name);
    }
  }
  return names;
}

function withSuffix({ name, method, path }: SerializedDraft): string {
  const hash = createHash('sha256').update(`${method} ${path}`).digest('hex').slice(0, 8);
  return `${name.slice(0, 55)}_${hash}`;
}
