import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { isObject } from '../src/openapi/plain-objects.js';
import { serializeDraft } from '../src/openapi/serialize-draft.js';
import type { ToolDraft } from '../src/openapi/types.js';
import { corpusDir, parseCorpusFile, readCorpus } from '../test/support/corpus.js';
import { CannotGenerate, generateArguments } from '../test/support/generate-arguments.js';
import type { Given, HarCase } from './har-cases.js';

const files = [
  'features/parameters-style-3.1.json',
  'features/form-data-urlencoded-3.0.yaml',
  'features/file-uploads-3.0.yaml',
  'features/server-variables-3.0.yaml',
  'features/polymorphism-3.0.yaml',
  'examples/museum-3.1.yaml',
  'examples/uspto-3.0.yaml',
  'real/resend-3.1.2.yaml',
  'real/spotify-3.0.yaml',
];

export type CorpusCase = HarCase & { draft: ToolDraft; args: Record<string, unknown> };

/** Every operation of some documents of the corpus, with everything that its schema names. */
export function corpusCases(): CorpusCase[] {
  return files.filter((file) => existsSync(join(corpusDir, file))).flatMap(casesOf);
}

function casesOf(file: string): CorpusCase[] {
  const document = load(readCorpus(file).toString('utf8')) as Record<string, unknown>;
  return parseCorpusFile(file).drafts.flatMap((draft) => {
    const args = argumentsOf(draft);
    if (args === null) return [];
    const given = toGiven(draft, args);
    const value = `${draft.method} ${draft.path} (${file})`;
    const { method, path } = draft;
    return [
      { group: 'corpus', value, method: method.toLowerCase(), path, document, given, draft, args },
    ];
  });
}

/** Null where the generator finds nothing that fits. */
function argumentsOf(draft: ToolDraft): Record<string, unknown> | null {
  const schema = JSON.parse(serializeDraft(draft).inputSchema) as Record<string, unknown>;
  try {
    const properties = isObject(schema.properties) ? Object.keys(schema.properties) : [];
    const args = generateArguments(schema, 'everything', new Set(properties));
    const chooser = draft.plan.body?.contentTypeArgument;
    const [first] = draft.plan.body?.variants ?? [];
    return chooser && first ? { ...args, [chooser]: first.mediaType } : args;
  } catch (error) {
    if (error instanceof CannotGenerate) return null;
    throw error;
  }
}

function toGiven({ plan }: ToolDraft, args: Record<string, unknown>): Given {
  const given: Given = {};
  for (const { argument, in: where, name } of plan.parameters) {
    if (args[argument] === undefined) continue;
    given[where] = { ...given[where], [name]: args[argument] };
  }
  if (!plan.body) return given;
  const { argument, fields, variants } = plan.body;
  if (argument !== null) given.body = args[argument];
  else {
    const named = (fields ?? []).filter((field) => args[field.argument] !== undefined);
    given.body = Object.fromEntries(named.map((field) => [field.name, args[field.argument]]));
  }
  const [first] = variants;
  if (first) given.contentType = first.mediaType;
  return given;
}
