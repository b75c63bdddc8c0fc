import { describe, expect, test } from 'vitest';
import { type ExportFormat, exportFormats } from './export-formats.js';
import { exportTool, toRequestTools } from './export-tool.js';
import type { ListedTool } from './to-mcp-tool.js';

type Definition = Record<string, unknown>;
const aTool = (more: Partial<ListedTool> = {}): ListedTool => ({
  kind: 'ENDPOINT',
  method: 'GET',
  name: 'get_pet',
  description: 'Finds a pet.',
  inputSchema: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] },
  ...more,
});
const withSchema = (inputSchema: Record<string, unknown>) => aTool({ inputSchema });
const definitionOf = (tool: ListedTool, format: ExportFormat) => {
  const exported = exportTool(tool, format);
  if (exported.definition === null) throw new Error(exported.reason);
  return exported as { definition: Definition; notes: string[] };
};

describe('A tool', () => {
  const parameters = aTool().inputSchema;
  const about = { name: 'get_pet', description: 'Finds a pet.' };

  test.each<[ExportFormat, object]>([
    ['OPENAI_CHAT', { type: 'function', function: { ...about, parameters } }],
    ['OPENAI_RESPONSES', { type: 'function', ...about, parameters, strict: false }],
    ['ANTHROPIC', { ...about, input_schema: parameters }],
    ['GEMINI', { ...about, parametersJsonSchema: parameters }],
    [
      'MCP',
      {
        ...about,
        inputSchema: parameters,
        annotations: { readOnlyHint: true, openWorldHint: true },
      },
    ],
  ])('is written for %s without a change', (format, definition) => {
    expect(exportTool(aTool(), format)).toEqual({ definition, notes: [], reason: null });
  });

  test('is one of several declarations in one tool for Gemini', () => {
    expect(toRequestTools([{ name: 'a' }, { name: 'b' }], 'GEMINI')).toEqual([
      { functionDeclarations: [{ name: 'a' }, { name: 'b' }] },
    ]);
    expect(toRequestTools([], 'GEMINI')).toEqual([]);
  });

  test('with a long description is cut for OpenAI alone, between words, and it is said', () => {
    const tool = aTool({ description: `${'word '.repeat(300)}end` });
    const { definition, notes } = definitionOf(tool, 'OPENAI_RESPONSES');

    expect(String(definition.description).length).toBeLessThanOrEqual(1024);
    expect(definition.description).toMatch(/word…$/);
    expect(notes).toEqual(['The description is cut from 1503 to 1024 characters.']);
    expect(definitionOf(tool, 'ANTHROPIC').notes).toEqual([]);
  });

  test('without a description has its name for Gemini, which wants one', () => {
    expect(definitionOf(aTool({ description: null }), 'GEMINI').definition.description).toBe(
      'get_pet',
    );
    expect(definitionOf(aTool({ description: null }), 'ANTHROPIC').definition).not.toHaveProperty(
      'description',
    );
  });

  test('whose name begins with a digit is left out for Gemini alone', () => {
    const reasons = exportFormats.map(
      (format) => exportTool(aTool({ name: '2fa' }), format).reason,
    );

    expect(reasons).toEqual([
      null,
      null,
      null,
      expect.stringContaining('a letter or "_" first'),
      null,
    ]);
  });
});

describe('Arguments whose names Anthropic refuses', () => {
  const odd = { properties: { 'filter[id]': { type: 'string' }, id: { type: 'string' } } };

  test('are left out with a note where they may be', () => {
    const { definition, notes } = definitionOf(withSchema({ type: 'object', ...odd }), 'ANTHROPIC');

    expect(definition.input_schema).toMatchObject({ properties: { id: { type: 'string' } } });
    expect(definition.input_schema).not.toHaveProperty(['properties', 'filter[id]']);
    expect(notes).toEqual([expect.stringContaining('"filter[id]"')]);
  });

  test('take with them what needs them beside it', () => {
    const dependentRequired = { id: ['filter[id]'], age: ['id'], name: ['age2'] };
    const properties = { ...odd.properties, age: {}, name: {}, age2: {} };
    const tool = withSchema({ type: 'object', properties, dependentRequired });

    expect(definitionOf(tool, 'ANTHROPIC').definition.input_schema).toEqual({
      type: 'object',
      properties: { name: {}, age2: {} },
      dependentRequired: { name: ['age2'] },
    });
  });

  test('leave the tool out where they are required', () => {
    const tool = withSchema({ type: 'object', ...odd, required: ['filter[id]'] });

    expect(exportTool(tool, 'ANTHROPIC').reason).toContain('"filter[id]"');
    expect(exportTool(tool, 'OPENAI_CHAT').reason).toBeNull();
  });
});

describe('A root of alternatives', () => {
  const cat = {
    type: 'object',
    properties: { name: { type: 'string' }, meows: { type: 'boolean' } },
    required: ['name', 'meows'],
  };
  const dog = { type: 'object', properties: { name: { type: 'integer' } }, required: ['name'] };
  const tool = withSchema({
    type: 'object',
    properties: { id: { type: 'string' } },
    required: ['id'],
    allOf: [{ $ref: '#/$defs/Base' }],
    oneOf: [cat, { $ref: '#/$defs/Dog' }, { type: 'string' }],
    $defs: { Base: { properties: { base: {} }, required: ['base'] }, Dog: dog },
  });

  test.each<[ExportFormat, string]>([
    ['OPENAI_CHAT', 'function'],
    ['ANTHROPIC', 'input_schema'],
  ])('is drawn together for %s', (format, at) => {
    const { definition, notes } = definitionOf(tool, format);
    const found = definition[at] as { parameters?: object };

    expect(found.parameters ?? found).toMatchObject({
      type: 'object',
      properties: {
        id: { type: 'string' },
        base: {},
        name: { anyOf: [{ type: 'string' }, { type: 'integer' }] },
        meows: { type: 'boolean' },
      },
      required: ['id', 'base', 'name'],
    });
    expect(notes).toHaveLength(1);
  });

  test('stays as it is for MCP', () => {
    expect(definitionOf(tool, 'MCP').definition.inputSchema).toEqual(tool.inputSchema);
  });

  test('that refers to itself ends', () => {
    const endless = withSchema({
      type: 'object',
      allOf: [{ $ref: '#/$defs/A' }],
      $defs: { A: { allOf: [{ $ref: '#/$defs/A' }] } },
    });

    expect(definitionOf(endless, 'OPENAI_CHAT').notes).toHaveLength(1);
  });
});

describe('A schema for Gemini', () => {
  const limited = (schema: Record<string, unknown>, defs: Record<string, unknown> = {}) => {
    const root = { type: 'object', properties: { x: schema }, $defs: defs };
    const { definition, notes } = definitionOf(withSchema(root), 'GEMINI');
    const written = definition.parametersJsonSchema as Record<string, Record<string, unknown>>;
    return { x: written.properties?.x, defs: written.$defs, notes };
  };
  const ref = { $ref: '#/$defs/A' };

  test.each<[string, Record<string, unknown>, Record<string, unknown>, string[]]>([
    ['a constant', { const: 'a' }, { enum: ['a'] }, []],
    [
      'a pattern',
      { type: 'string', pattern: '^x', minLength: 2 },
      { type: 'string' },
      ['minLength', 'pattern'],
    ],
    ['a default', { type: 'string', default: 'a' }, { type: 'string' }, []],
    [
      'a bound that is not met',
      { type: 'number', exclusiveMinimum: 1 },
      { type: 'number', minimum: 1 },
      ['exclusiveMinimum'],
    ],
    [
      'an enum with null',
      { type: ['string', 'null'], enum: ['a', null] },
      { anyOf: [{ type: 'string', enum: ['a'] }, { type: 'null' }] },
      [],
    ],
    ['an enum of truths', { type: 'boolean', enum: [true] }, { type: 'boolean' }, ['enum']],
    [
      'one of several',
      { oneOf: [{ type: 'string' }, { type: 'integer' }] },
      { anyOf: [{ type: 'string' }, { type: 'integer' }] },
      [],
    ],
    [
      'a reference with a description',
      { ...ref, description: 'One.' },
      { description: 'One.', anyOf: [ref] },
      [],
    ],
    [
      'a reference in allOf',
      { allOf: [ref], description: 'One.' },
      { description: 'One.', anyOf: [ref] },
      [],
    ],
    [
      'a reference and prose in allOf',
      { allOf: [ref, { description: 'One.' }] },
      { description: 'One.', anyOf: [ref] },
      [],
    ],
    [
      'two of allOf',
      { allOf: [{ properties: { a: {} } }, { properties: { b: {} }, required: ['b'] }] },
      { type: 'object', properties: { a: {}, b: {} }, required: ['b'] },
      ['allOf'],
    ],
    ['items that may be anything', { type: 'array', items: true }, { type: 'array' }, []],
    ['what is not', { not: { type: 'string' } }, {}, ['not']],
    [
      'a property called like a keyword',
      { type: 'object', properties: { pattern: { const: 1 } } },
      { type: 'object', properties: { pattern: { enum: [1] } } },
      [],
    ],
  ])('says %s as it can, and tells what it cannot', (_what, schema, expected, lost) => {
    const { x, notes } = limited(schema, { A: { type: 'object' } });

    expect(x).toEqual(expected);
    expect(notes).toEqual(lost.length === 0 ? [] : [expect.stringContaining(lost.join(', '))]);
  });

  test('keeps a circle that an optional property closes, and opens one that has to go on', () => {
    const tree = { type: 'object', properties: { child: ref } };
    expect(limited(ref, { A: tree })).toMatchObject({ defs: { A: tree }, notes: [] });

    const endless = {
      type: 'object',
      properties: { child: { type: 'array', items: ref } },
      required: ['child'],
    };
    const { defs, notes } = limited(ref, { A: endless });
    expect(defs).toMatchObject({
      A: { properties: { child: { items: { description: 'Another A.' } } } },
    });
    expect(notes).toHaveLength(1);
  });

  test('ends where allOf leads back to itself', () => {
    const circle = { properties: { parent: { allOf: [ref, { properties: { b: {} } }] } } };

    expect(limited(ref, { A: circle }).notes).toHaveLength(1);
  });
});
