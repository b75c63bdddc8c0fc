import { readFile } from 'node:fs/promises';
import {
  buildASTSchema,
  type GraphQLNamedType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isNonNullType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
  isUnionType,
  parse,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { generateDocuments } from '../codegen.js';
import { Api } from '../src/catalog/api.entity.js';
import { Endpoint } from '../src/catalog/endpoint.entity.js';
import { Parameter } from '../src/catalog/parameter.entity.js';
import { CatalogChange } from '../src/changes/catalog-change.entity.js';
import { LocalTool } from '../src/local-tools/local-tool.entity.js';
import { McpServer } from '../src/mcp-servers/mcp-server.entity.js';
import { McpTool } from '../src/mcp-servers/mcp-tool.entity.js';
import { buildSchema } from '../src/transports/graphql/build-schema.js';
import { printSchema } from '../src/transports/graphql/print-schema.js';
import { openTestStorage } from './support/test-storage.js';

const root = new URL('../', import.meta.url);
const schema = buildSchema();
const ours = Object.values(schema.getTypeMap()).filter(isOurs);

describe('schema.graphql', () => {
  it('is what the code prints: run `npm run schema` after a change', async () => {
    expect(await readFile(new URL('schema.graphql', root), 'utf8')).toBe(`${printSchema()}\n`);
  });

  it('has no newer typed documents: run `npm run codegen` after a change', async () => {
    const file = new URL('test/generated/documents.ts', root);
    expect(await readFile(file, 'utf8')).toBe(await generateDocuments());
  });

  it('is a Federation 2 subgraph with its keys and the shareable PageInfo', () => {
    const printed = printSchema();
    expect(printed).toMatch(
      /^extend schema\s+@link\(url: "https:\/\/specs.apollo.dev\/federation\/v2\.\d+"/,
    );
    for (const [type, key] of Object.entries({
      Api: 'id',
      Endpoint: 'id',
      Parameter: 'id',
      Agent: 'id',
      LocalTool: 'name',
      McpServer: 'id',
      McpTool: 'id',
    })) {
      expect(printed).toMatch(new RegExp(`type ${type} [^{]*@key\\(fields: "${key}"\\)`));
    }
    expect(printed).toContain('type PageInfo @shareable {');
  });

  it('describes every type, field, argument and enum value', () => {
    expect(ours.flatMap(undescribed)).toEqual([]);
  });
});

describe('the published contract', async () => {
  const text = await readFile(new URL('test/fixtures/contract.graphql', root), 'utf8');
  const contract = buildASTSchema(parse(text));
  const names = Object.keys(contract.getTypeMap()).filter((name) =>
    isOurs(contract.getTypeMap()[name]),
  );

  it.each(names)('keeps every name of %s with its type', (name) => {
    expect(signatures(schema, name)).toEqual(expect.arrayContaining(signatures(contract, name)));
  });
});

describe('nullability', async () => {
  await using storage = await openTestStorage();
  const entities = storage.fork().getMetadata();
  const published = [
    [Api.name, {}],
    [Endpoint.name, {}],
    [Parameter.name, {}],
    [LocalTool.name, { enabled: 'isActive' }],
    [CatalogChange.name, {}],
    [McpServer.name, {}],
    [McpTool.name, { name: 'toolName' }],
  ] satisfies [string, Record<string, string>][];

  it.each(published)('of %s agrees with its columns', (name, renamed: Record<string, string>) => {
    const { properties } = entities.getByClassName(name);
    const compared = fieldsOf(name).flatMap((field) => {
      const column = properties[renamed[field.name] ?? field.name];
      const isNullable = !isNonNullType(field.type);
      return column ? [{ field: field.name, isNullable, column: column.nullable ?? false }] : [];
    });
    expect(compared.length).toBeGreaterThan(2);
    expect(compared.filter(({ isNullable, column }) => isNullable !== column)).toEqual([]);
  });
});

function fieldsOf(name: string) {
  const type = schema.getType(name);
  if (!isObjectType(type)) throw new Error(`${name} is no object type`);
  return Object.values(type.getFields());
}

function isOurs(type: GraphQLNamedType | undefined): type is GraphQLNamedType {
  if (!type || isIntrospectionType(type) || isSpecifiedScalarType(type)) return false;
  return !/^(_|link__|federation__)/.test(type.name);
}

/** `Type.field(argument: Type): Type` and the like: one line for each thing that a caller may rely on. */
function signatures(of: GraphQLSchema, name: string): string[] {
  const type = of.getType(name);
  if (!type) return [`no ${name}`];
  if (isEnumType(type)) return type.getValues().map((value) => `enum ${name}.${value.name}`);
  if (isUnionType(type)) return type.getTypes().map((member) => `union ${name} = ${member.name}`);
  if (isScalarType(type)) return [`scalar ${name}`];
  if (isInputObjectType(type)) {
    return Object.values(type.getFields()).map(
      (field) =>
        `input ${name}.${field.name}: ${field.type} = ${JSON.stringify(field.defaultValue)}`,
    );
  }
  return [
    ...type.getInterfaces().map((one) => `${name} implements ${one.name}`),
    ...Object.values(type.getFields()).flatMap((field) => [
      `${name}.${field.name}: ${field.type}`,
      ...field.args.map(
        (arg) =>
          `${name}.${field.name}(${arg.name}: ${arg.type} = ${JSON.stringify(arg.defaultValue)})`,
      ),
    ]),
  ];
}

function undescribed(type: GraphQLNamedType): string[] {
  const missing = type.description ? [] : [type.name];
  if (isEnumType(type)) {
    for (const value of type.getValues())
      if (!value.description) missing.push(`${type.name}.${value.name}`);
  }
  if (isObjectType(type) || isInterfaceType(type) || isInputObjectType(type)) {
    for (const field of Object.values(type.getFields())) {
      if (field.name.startsWith('_')) continue;
      if (!field.description) missing.push(`${type.name}.${field.name}`);
      if (!('args' in field)) continue;
      for (const arg of field.args) {
        if (!arg.description) missing.push(`${type.name}.${field.name}(${arg.name})`);
      }
    }
  }
  return missing;
}
