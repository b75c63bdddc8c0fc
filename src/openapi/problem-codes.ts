import type { ProblemSeverity } from './types.js';

type CodeFacts = {
  severity: ProblemSeverity;
  /** Points that the code costs when every operation of the document has it. */
  weight: number;
  /** What a deduction of this code says. */
  summary: string;
};

const warning = (weight: number, summary: string): CodeFacts => ({
  severity: 'WARNING',
  weight,
  summary,
});
const error = (weight: number, summary: string): CodeFacts => ({
  severity: 'ERROR',
  weight,
  summary,
});
const info: CodeFacts = { severity: 'INFO', weight: 0, summary: '' };

/** Every finding of the parser. A WARNING or an ERROR costs points; INFO says what was done where nothing is lost. */
export const problemCodes = {
  NOT_A_SPEC: error(100, 'the document is not an OpenAPI or Swagger document'),
  UNSUPPORTED_VERSION: error(100, 'the version of the document is not supported'),
  MISSING_PATHS: error(100, 'the document has no paths'),
  LIMIT_EXCEEDED: error(100, 'the document goes beyond a limit'),
  INTERNAL: error(100, 'an operation could not be converted'),
  INVALID_OPERATION: error(100, 'an operation is not an object'),
  DUPLICATE_METHOD: error(100, 'a method is declared twice for one path'),
  INVALID_PATH_ITEM: error(60, 'a path item cannot be read'),

  UNRESOLVED_REF: warning(30, 'references point nowhere; any value is accepted in their place'),
  REF_UNAVAILABLE: warning(30, 'files reached by references could not be loaded'),
  INVALID_REF: warning(30, 'references are not strings or not URLs'),
  CIRCULAR_REF: warning(20, 'references lead back to themselves'),
  REF_WRONG_KIND: warning(10, 'references point at another kind of object than is expected'),
  INVALID_SCHEMA: warning(10, 'schemas have keywords that cannot be used'),
  INVALID_PATTERN: warning(5, 'patterns are not regular expressions and are not enforced'),
  TOO_DEEP: warning(20, 'schemas are nested too deeply'),
  SCHEMA_PRUNED: warning(10, 'input schemas lost structure to stay within the size budget'),
  INVALID_PARAMETER: warning(30, 'parameters cannot be read'),
  UNDECLARED_PATH_PARAMETER: warning(20, 'path templates have variables that are not declared'),
  UNUSED_PATH_PARAMETER: warning(10, 'path parameters are declared that the path does not have'),
  INVALID_BODY: warning(40, 'request bodies cannot be read'),
  PART_HEADER_NOT_SENT: warning(10, 'parts of bodies have required headers that nothing gives'),
  PART_ENCODING_NOT_USED: warning(10, 'parts of bodies are not encoded as they are declared'),
  INVALID_RESPONSE: warning(5, 'responses cannot be read'),
  DUPLICATE_OPERATION_ID: warning(5, 'operation ids are used more than once'),
  PATH_NOT_ABSOLUTE: warning(20, 'paths do not start with a slash'),
  NO_SERVER: warning(10, 'no absolute server address is known; a base URL has to be given'),
  INVALID_SERVER: warning(10, 'servers cannot be used as written'),
  INVALID_SECURITY: warning(20, 'security schemes or requirements cannot be read'),
  INVALID_EXTENSION: warning(1, 'extensions cannot be read'),
  UNKNOWN_SECURITY_SCHEME: warning(20, 'security requirements name schemes that are not declared'),
  UNUSUAL_VERSION: warning(1, 'the version is not a released one'),
  DOCUMENT_TEXT: warning(5, 'the text of the document is not quite right'),

  HEADER_IGNORED: info,
  NAME_CHANGED: info,
  NO_OPERATIONS: info,
  XML_NOT_OFFERED: info,
  STREAMED_RESPONSE: info,
  MARKUP_IN_TEXT: info,
  REPAIRED: info,
  MORE_PROBLEMS: info,
} as const satisfies Record<string, CodeFacts>;

export type ProblemCode = keyof typeof problemCodes;
