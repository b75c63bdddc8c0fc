import { describe, expect, it } from 'vitest';
import {
  codesOf,
  parse,
  propertiesOf,
  validatorOf,
  withAnswer,
  withBody,
} from '../../../test/support/specs.js';
import { serializeDraft } from '../serialize-draft.js';

const maxInputSchemaBytes = 4096;

/** A chain of schemas, each with a description and a reference to the next. */
function chain(length: number, descriptionLength: number): Record<string, unknown> {
  const schemas: Record<string, unknown> = {};
  for (let at = 0; at < length; at += 1) {
    schemas[`Level${at}`] = {
      type: 'object',
      properties: {
        text: { type: 'string', description: `${at} ${'long '.repeat(descriptionLength / 5)}` },
        next: { $ref: `#/components/schemas/Level${at + 1}` },
      },
    };
  }
  schemas[`Level${length}`] = { type: 'object', properties: { end: { const: 'x'.repeat(200) } } };
  return schemas;
}

function pruned(schemas: Record<string, unknown>) {
  const document = withBody(
    { properties: { first: { $ref: '#/components/schemas/Level0' }, other: { type: 'string' } } },
    { components: { schemas } },
  );
  const result = parse(document, {}, { maxInputSchemaBytes });
  const [draft] = result.drafts;
  if (!draft) throw new Error('no draft');
  const text = serializeDraft(draft).inputSchema;
  return { result, schema: draft.inputSchema, text };
}

describe('the size budget of a tool', () => {
  it('leaves a schema within it as it is', () => {
    const { result, text } = pruned(chain(2, 100));
    expect(codesOf(result)).toEqual([]);
    expect(text).toContain('long long long');
  });

  it('first shortens descriptions that stand deep, which costs no points', () => {
    const { result, schema, text } = pruned(chain(12, 400));
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(maxInputSchemaBytes);
    expect(Object.keys(schema.$defs as object)).toHaveLength(13);
    expect(result.problems).toMatchObject([
      { code: 'SCHEMA_PRUNED', severity: 'INFO', pointer: '/paths/~1things/post' },
    ]);
    expect(result.compatibilityScore).toBe(100);
    validatorOf(schema);
  });

  it('then leaves the definitions farthest from the root open, which does', () => {
    const { result, schema, text } = pruned(chain(100, 400));
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(maxInputSchemaBytes);
    const names = Object.keys(schema.$defs as object);
    expect(names).toContain('Level5');
    expect(names).not.toContain('Level99');
    expect(result.problems).toMatchObject([{ code: 'SCHEMA_PRUNED', severity: 'WARNING' }]);
    expect(result.deductions).toMatchObject([{ code: 'SCHEMA_PRUNED' }]);
    const accepts = validatorOf(schema);
    expect(accepts({ first: { next: { next: { text: 5 } } } })).toBe(false);
  });

  it('never leaves out a property of the root', () => {
    const deep = {
      type: 'object',
      properties: { a: { properties: { b: { enum: manyWords() } } } },
    };
    const names = ['one', 'two', 'three'];
    const properties = Object.fromEntries(names.map((name) => [name, deep]));
    const result = parse(withBody({ properties }), {}, { maxInputSchemaBytes });
    const schema = result.drafts[0]?.inputSchema ?? {};
    expect(Object.keys(propertiesOf(schema))).toEqual(names);
    expect(Buffer.byteLength(JSON.stringify(schema))).toBeLessThanOrEqual(maxInputSchemaBytes);
    expect(codesOf(result)).toEqual(['SCHEMA_PRUNED']);
    validatorOf(schema);
  });

  it('holds for answers too, where it costs no points', () => {
    const document = withAnswer(
      { $ref: '#/components/schemas/Level0' },
      { components: { schemas: chain(100, 400) } },
    );
    const result = parse(document, {}, { maxOutputSchemaBytes: 4096 });
    const schema = result.drafts[0]?.outputSchema ?? {};
    expect(Buffer.byteLength(JSON.stringify(schema))).toBeLessThanOrEqual(4096);
    expect(result.problems).toMatchObject([{ code: 'SCHEMA_PRUNED', severity: 'INFO' }]);
    validatorOf(schema);
  });

  it('does not change what a tool without need of it gets', () => {
    const schemas = chain(100, 400);
    const use = (level: number) => ({
      post: {
        requestBody: {
          content: {
            'application/json': {
              schema: { properties: { a: { $ref: `#/components/schemas/Level${level}` } } },
            },
          },
        },
      },
    });
    const paths = { '/big': use(0), '/small': use(99) };
    const document = { ...withBody({}), paths, components: { schemas } };
    const small = parse(document, {}, { maxInputSchemaBytes }).drafts[1];
    expect(JSON.stringify(small?.inputSchema)).toContain('long long long');
  });
});

function manyWords(): string[] {
  return Array.from({ length: 2_000 }, (_, at) => `word ${at}`);
}
