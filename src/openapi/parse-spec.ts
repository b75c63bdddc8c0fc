import { checkComponents } from './check-components.js';
import { childPointer } from './json-pointer.js';
import { defaultParseLimits, type ParseLimits } from './limits.js';
import { listOperations, type OperationSource, skip } from './operations/list-operations.js';
import { nameTools } from './operations/name-tools.js';
import { OperationParser } from './operations/parse-operation.js';
import { readSecurity, readSecuritySchemes } from './operations/security.js';
import { documentServers } from './operations/servers.js';
import { describeValue, isObject, type RawObject, textOrNull } from './plain-objects.js';
import type { ProblemCode } from './problem-codes.js';
import { ProblemLog } from './problem-log.js';
import { SpecFiles, type SpecFilesInput } from './references/spec-file.js';
import { scoreOf } from './score.js';
import { SpecContext } from './spec-context.js';
import type { ParsedSpec, SkippedOperation, ToolDraft } from './types.js';
import { type DetectedVersion, detectVersion } from './versions.js';

/**
 * A document and the other files of it that are at hand: `files` by absolute URL, and in `unavailable` those that could
 * not be loaded, with a sentence that says why.
 */
export type ParseInput = SpecFilesInput;

/** `wanted` are the absolute URLs of files that references reach and that were not given: load them and parse again. */
export type ParseResult = ParsedSpec & { wanted: string[] };

/** Document in, drafts and located problems out. Pure, and never throws for bad data: `valid` is false then. */
export function parseSpec(input: ParseInput, limits: Partial<ParseLimits> = {}): ParseResult {
  const bounds = { ...defaultParseLimits, ...limits };
  const problems = new ProblemLog(bounds.maxProblemsPerCode);
  const files = new SpecFiles(input);
  problems.addRead(files.root.problems, '');
  if (files.root.root === undefined) return refused(problems, null, files);
  const version = detectVersion(files.root.root);
  if (!version.ok) {
    const place = { file: files.root, pointer: version.pointer };
    problems.add(version.code, place, version.message);
    return refused(problems, version.specVersion, files);
  }
  const paths = pathsOf(version);
  if ('code' in paths) {
    problems.add(paths.code, { file: files.root, pointer: paths.pointer }, paths.message);
    return refused(problems, version.specVersion, files);
  }
  const context = new SpecContext(version.dialect, files, bounds, problems);
  return readOperations(context, version, paths.paths);
}

type SupportedVersion = Extract<DetectedVersion, { ok: true }>;

function pathsOf({
  document,
  dialect,
}: SupportedVersion):
  | { paths: RawObject }
  | { code: ProblemCode; pointer: string; message: string } {
  if (isObject(document.paths)) return { paths: document.paths };
  const needsPaths = dialect === '2.0' || dialect === '3.0';
  const hasOther = document.webhooks !== undefined || document.components !== undefined;
  if (document.paths === undefined && !needsPaths && hasOther) return { paths: {} };
  const message = `"paths" is ${describeValue(document.paths)}; expected an object of path items.`;
  const pointer = document.paths === undefined ? '' : '/paths';
  return { code: 'MISSING_PATHS', pointer, message };
}

function readOperations(
  context: SpecContext,
  { document, specVersion, unusual }: SupportedVersion,
  paths: RawObject,
): ParseResult {
  const { problems, files } = context;
  const root = files.root;
  if (unusual) {
    const message = `The version "${specVersion}" is not a released one; it is read as OpenAPI ${context.dialect}.`;
    problems.add('UNUSUAL_VERSION', { file: root, pointer: '/openapi' }, message);
  }
  const { operations, skipped } = listOperations(context, paths);
  const drafts = operations.length > 0 ? draftAll(context, document, operations, skipped) : [];
  if (operations.length + skipped.length === 0) {
    const message = 'The document has no operations under "paths": nothing becomes a tool.';
    problems.add('NO_OPERATIONS', { file: root, pointer: '/paths' }, message);
  }
  const securitySchemes = readSecuritySchemes(context, document);
  checkComponents(context, document);
  const info = isObject(document.info) ? document.info : {};
  noteMarkup(context, info);
  for (const file of files.all) if (!file.isRoot) problems.addRead(file.problems, `${file.url}#`);
  return {
    valid: true,
    specVersion,
    title: textOrNull(info.title),
    servers: operations.length > 0 ? documentServers(context, document) : [],
    securitySchemes,
    drafts,
    skipped,
    problems: problems.list(),
    ...scoreOf(problems.costly, operations.length + skipped.length),
    wanted: files.wanted,
  };
}

function draftAll(
  context: SpecContext,
  document: RawObject,
  operations: OperationSource[],
  skipped: SkippedOperation[],
): ToolDraft[] {
  const securitySchemes = readSecuritySchemes(context, document);
  const securityPlace = { file: context.files.root, pointer: '/security' };
  const security = readSecurity(context, document.security, securityPlace, securitySchemes);
  const servers = documentServers(context, document);
  const parser = new OperationParser(context, {
    document,
    servers,
    securitySchemes,
    security: security ?? [],
  });
  const ids = operationIds(context, operations);
  const names = nameTools(
    operations.map(({ method, path, raw }) => ({
      method,
      path,
      operationId: textOrNull(raw.operationId),
    })),
  );
  const drafts: ToolDraft[] = [];
  operations.forEach((operation, at) => {
    try {
      drafts.push(parser.parse(operation, names[at] ?? '', ids[at] ?? null));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const message = `The operation could not be converted: ${reason}`;
      skipped.push(skip(context, operation, 'INTERNAL', message));
    }
  });
  return drafts;
}

/** The operationIds that belong to one operation each; null for the others. */
function operationIds(context: SpecContext, operations: OperationSource[]): (string | null)[] {
  const users = new Map<string, number>();
  const ids = operations.map(({ raw }) => textOrNull(raw.operationId));
  for (const id of ids) if (id !== null) users.set(id, (users.get(id) ?? 0) + 1);
  return ids.map((id, at) => {
    const count = id === null ? 0 : (users.get(id) ?? 0);
    const operation = operations[at];
    if (count < 2 || !operation) return id;
    const { file, pointer } = operation.place;
    const place = { file, pointer: childPointer(pointer, 'operationId') };
    const message = `The operationId "${id}" is used by ${count} operations; each is named after its method and path.`;
    context.problems.add('DUPLICATE_OPERATION_ID', place, message);
    return null;
  });
}

function noteMarkup(context: SpecContext, info: RawObject): void {
  for (const member of ['title', 'description']) {
    const text = info[member];
    if (typeof text !== 'string' || !/<script\b/i.test(text)) continue;
    const message = `The ${member} of the document has script markup in it; it is kept as plain text.`;
    const place = { file: context.files.root, pointer: childPointer('/info', member) };
    context.problems.add('MARKUP_IN_TEXT', place, message);
  }
}

function refused(problems: ProblemLog, specVersion: string | null, files: SpecFiles): ParseResult {
  const list = problems.list();
  const cause = list.find(({ severity }) => severity === 'ERROR') ?? list[0];
  return {
    valid: false,
    specVersion,
    title: null,
    servers: [],
    securitySchemes: {},
    drafts: [],
    skipped: [],
    problems: list,
    compatibilityScore: 0,
    deductions: [
      {
        code: cause?.code ?? 'NOT_A_SPEC',
        message: cause?.message ?? 'The document cannot be read.',
        points: 100,
        pointer: cause?.pointer ?? '',
      },
    ],
    wanted: files.wanted,
  };
}
