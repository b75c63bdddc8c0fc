import { setImmediate } from 'node:timers/promises';
import { type Grading, gradeNewTool, gradeToolChange } from '../catalog/grade-tool-change.js';
import type { DriftPolicy } from './mcp-parts.js';
import { nameServerTools } from './name-server-tools.js';
import type { ListedTool, ToolSnapshot } from './tool-snapshot.js';

/** What is stored of a tool, as far as matching needs it. */
export type StoredTool = {
  id: string;
  name: string;
  toolName: string;
  fingerprint: string;
  heldFingerprint: string | null;
  position: number;
  isListed: boolean;
  isApproved: boolean;
};

export type ToolMatch = {
  added: { listed: ListedTool; toolName: string; position: number; held: Grading | null }[];
  /** Their definition is replaced; what was held is forgotten. `isApproved`: they are served. */
  changed: {
    stored: StoredTool;
    listed: ListedTool;
    position: number;
    isApproved: boolean;
    grading: Grading;
  }[];
  /** A new definition waits for approval. */
  held: { stored: StoredTool; listed: ListedTool; position: number; grading: Grading }[];
  /** The server says again what was approved: what was held is forgotten. */
  settled: { stored: StoredTool; position: number }[];
  /** Only their place is another, or the list has them again. */
  moved: { stored: StoredTool; position: number }[];
  /** The list has them no more. */
  gone: StoredTool[];
};

const toolsPerTurn = 100;

/**
 * What a listing changes. Suspicious changes of tools, and suspicious tools that a known server adds, are held back by
 * the policy `hold`; the first list of a server is taken as it is.
 */
export async function matchTools(
  stored: readonly StoredTool[],
  listed: readonly ListedTool[],
  {
    policy,
    isKnown,
    definitionOf,
  }: {
    policy: DriftPolicy;
    /** The server has been listed before. */
    isKnown: boolean;
    definitionOf(id: string): ToolSnapshot;
  },
): Promise<ToolMatch> {
  const match: ToolMatch = { added: [], changed: [], held: [], settled: [], moved: [], gone: [] };
  const byName = new Map(stored.map((tool) => [tool.name, tool]));
  const fresh = listed.map(({ snapshot }) => snapshot.name).filter((name) => !byName.has(name));
  const names = nameServerTools(fresh, new Set(stored.map(({ toolName }) => toolName)));
  const isHeldBack = ({ grade }: Grading) => policy === 'hold' && grade === 'SUSPICIOUS';

  for (const [position, tool] of listed.entries()) {
    // Others get a turn: grading a change takes a fraction of a millisecond, and a list can have thousands.
    if (position % toolsPerTurn === toolsPerTurn - 1) await setImmediate();
    const { snapshot, fingerprint } = tool;
    const known = byName.get(snapshot.name);
    byName.delete(snapshot.name);
    if (!known) {
      const grading = gradeNewTool(snapshot);
      const toolName = names.get(snapshot.name) ?? snapshot.name;
      const held = isKnown && isHeldBack(grading) ? grading : null;
      match.added.push({ listed: tool, toolName, position, held });
    } else if (known.fingerprint === fingerprint && (known.isApproved || policy === 'hold')) {
      const isSettled = known.heldFingerprint !== null && known.isApproved;
      if (isSettled) match.settled.push({ stored: known, position });
      else if (isMoved(known, position)) match.moved.push({ stored: known, position });
    } else if (known.heldFingerprint === fingerprint && policy === 'hold') {
      if (isMoved(known, position)) match.moved.push({ stored: known, position });
    } else if (!known.isApproved) {
      // Nobody was ever served it: it is as good as new.
      const grading = gradeNewTool(snapshot);
      const isApproved = !isHeldBack(grading);
      match.changed.push({ stored: known, listed: tool, position, isApproved, grading });
    } else {
      const grading = gradeToolChange(definitionOf(known.id), snapshot);
      if (isHeldBack(grading)) match.held.push({ stored: known, listed: tool, position, grading });
      else match.changed.push({ stored: known, listed: tool, position, isApproved: true, grading });
    }
  }
  match.gone = [...byName.values()].filter(({ isListed }) => isListed);
  return match;
}

function isMoved(stored: StoredTool, position: number): boolean {
  return stored.position !== position || !stored.isListed;
}

/** Whether a match changes what anybody can see: a place in the list alone does not count. */
export function isChange({ added, changed, held, settled, moved, gone }: ToolMatch): boolean {
  const lists = [added, changed, held, settled, gone];
  return lists.some(({ length }) => length > 0) || moved.some(({ stored }) => !stored.isListed);
}
