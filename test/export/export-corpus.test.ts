import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { exportFormats } from '../../src/agents/export/export-formats.js';
import { exportTool } from '../../src/agents/export/export-tool.js';
import { corpusDir, corpusDocuments, hasCorpus, parseCorpusFile } from '../support/corpus.js';
import { generateArguments } from '../support/generate-arguments.js';
import { validators } from '../support/validate-export.js';

const documents = hasCorpus ? corpusDocuments() : [];
/** Schemas are compiled for every so manieth tool. */
const sample = 25;

type Tally = { exported: number; noted: number; leftOut: string[] };
const tallies = new Map(
  exportFormats.map((format) => [format, { exported: 0, noted: 0, leftOut: [] } as Tally]),
);

describe.skipIf(!hasCorpus)(`every tool of ${corpusDir} in every format`, () => {
  it.each(documents)('$file is taken by its provider', ({ file }) => {
    const { drafts } = parseCorpusFile(file);
    const refused: string[] = [];
    for (const [index, draft] of drafts.entries()) {
      for (const format of exportFormats) {
        const exported = exportTool({ ...draft, kind: 'ENDPOINT' }, format);
        const tally = tallies.get(format) as Tally;
        if (exported.definition === null) {
          tally.leftOut.push(`${draft.name}: ${exported.reason}`);
          continue;
        }
        const { definition, notes } = exported;
        tally.exported += 1;
        if (notes.length > 0) tally.noted += 1;
        const problems = validators[format]?.(definition) ?? ['no validator'];
        const isChecked = notes.length > 0 && (format !== 'GEMINI' || index % sample === 0);
        if (isChecked) problems.push(...narrowed(draft.inputSchema, schemaOf(definition), format));
        if (problems.length > 0) refused.push(`${format} ${draft.name}: ${problems.join('; ')}`);
      }
    }
    expect(refused).toEqual([]);
  });

  it('loses few', () => {
    const figures = [...tallies].map(([format, { exported, noted, leftOut }]) => ({
      format,
      exported,
      noted,
      leftOut: leftOut.length,
      why: leftOut.slice(0, 5),
    }));
    if (process.env.SHOW_FIGURES) process.stdout.write(`${JSON.stringify(figures, null, 1)}\n`);
    for (const { exported, leftOut } of figures) {
      expect(leftOut / (exported + leftOut)).toBeLessThan(0.01);
    }
  });
});

/** Arguments that Anthropic has no names for are left out, and said to be. */
function withoutUnknown(value: Record<string, unknown>, exported: unknown) {
  const { properties = {} } = exported as { properties?: object };
  return Object.fromEntries(
    Object.entries(value).filter(([name]) => Object.hasOwn(properties, name)),
  );
}

function schemaOf(definition: Record<string, unknown>): unknown {
  const inner = (definition.function ?? definition) as Record<string, unknown>;
  return inner.parameters ?? inner.input_schema ?? inner.parametersJsonSchema ?? inner.inputSchema;
}

/** Arguments that the tool takes and the export does not. */
function narrowed(original: Record<string, unknown>, exported: unknown, format: string): string[] {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  const accepts = ajv.compile(exported as object);
  return (['required', 'everything'] as const).flatMap((variant) => {
    let value: Record<string, unknown>;
    try {
      value = generateArguments(original, variant);
    } catch {
      return [];
    }
    if (format === 'ANTHROPIC') value = withoutUnknown(value, exported);
    return accepts(value)
      ? []
      : [`${JSON.stringify(value).slice(0, 200)}: ${ajv.errorsText(accepts.errors)}`];
  });
}
