import type { ToolGrade } from '../catalog/grade-tool-change.js';
import type { JsonSchema } from '../openapi/types.js';

/** What a server says of one of its tools, read and made sound. Schemas are JSON Schema 2020-12 objects. */
export type ToolSnapshot = {
  name: string;
  title: string | null;
  description: string | null;
  inputSchema: JsonSchema;
  outputSchema: JsonSchema | null;
  annotations: Record<string, unknown>;
};

/** A tool of a server's list. `fingerprint`: SHA-256, hex, of all that it says. */
export type ListedTool = { snapshot: ToolSnapshot; fingerprint: string };

/** A definition that waits for a person's approval, and why. */
export type HeldDefinition = {
  definition: ToolSnapshot;
  fingerprint: string;
  grade: ToolGrade;
  reasons: string[];
  /** ISO 8601. */
  seenAt: string;
};

/** A tool that a server lists and that could not be taken. */
export type ToolProblem = { tool: string; message: string };
