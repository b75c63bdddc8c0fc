import { glob, readFile, writeFile } from 'node:fs/promises';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { codegen } from '@graphql-codegen/core';
import * as typedDocumentNode from '@graphql-codegen/typed-document-node';
import * as operations from '@graphql-codegen/typescript-operations';
import { parse, printSchema } from 'graphql';

const target = new URL('test/generated/documents.ts', import.meta.url);

/**
 * The module `test/generated/documents.ts`: every document under `test/documents/` with the types of its variables and
 * of its answer. Throws when a document asks for something that `schema.graphql` does not have.
 */
export async function generateDocuments(): Promise<string> {
  const sdl = await readFile(new URL('schema.graphql', import.meta.url), 'utf8');
  const schema = buildSubgraphSchema(parse(sdl));
  const documents = [];
  for await (const file of glob('test/documents/*.graphql', { cwd: import.meta.dirname })) {
    const text = await readFile(new URL(file, import.meta.url), 'utf8');
    documents.push({ location: file, document: parse(text) });
  }
  const body = await codegen({
    filename: target.pathname,
    schema: parse(printSchema(schema)),
    schemaAst: schema,
    documents: documents.sort((a, b) => a.location.localeCompare(b.location)),
    config: {
      useTypeImports: true,
      enumType: 'string-literal',
      defaultScalarType: 'unknown',
      scalars: {
        DateTime: 'string',
        JSON: 'unknown',
        Revision: 'string',
        _Any: '{ __typename: string; [key: string]: unknown }',
      },
    },
    plugins: [{ operations: {} }, { typedDocumentNode: {} }],
    pluginMap: { operations, typedDocumentNode },
  });
  return `// Made by codegen.ts from test/documents and schema.graphql.\n${body.trim()}\n`;
}

if (import.meta.main) await writeFile(target, await generateDocuments());
