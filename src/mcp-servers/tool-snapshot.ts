import type { ToolGrade } from '../catalog/grade-tool-change.js';

/** What a server says of one of its tools, read and made sound. Schemas are JSON Schema 2020-12 objects. */
export type ToolSnapshot = {
  name: string;
  title: string | null;
  description: string | null;
  inputSchema: Record<string, unknown>;
  outputSchema: Record<string, unknown> | null;
  annotations: Record<string, unknown>;
};

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
