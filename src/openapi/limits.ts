/** Bounds on what one document may cost. Each is reported as a problem where it is reached; none throws. */
export type ParseLimits = {
  /** Operations beyond this many are skipped with reason `LIMIT_EXCEEDED`. */
  maxOperations: number;
  /** Schemas nested deeper than this become open schemas. References do not count: they are followed breadth first. */
  maxDepth: number;
  /** Schema objects converted in one document; the rest become open schemas. */
  maxSchemaNodes: number;
  /** UTF-8 bytes of JSON text of one tool's input schema, beyond which it is pruned. */
  maxInputSchemaBytes: number;
  /** UTF-8 bytes of JSON text of one tool's output schema, beyond which it is pruned. */
  maxOutputSchemaBytes: number;
  /** Problems listed per code; further ones are counted in one closing entry. */
  maxProblemsPerCode: number;
};

export const defaultParseLimits: ParseLimits = {
  maxOperations: 20_000,
  maxDepth: 128,
  maxSchemaNodes: 1_000_000,
  maxInputSchemaBytes: 48 * 1024,
  maxOutputSchemaBytes: 24 * 1024,
  maxProblemsPerCode: 200,
};
