import type { JsonSchema } from '../openapi/types.js';
import { diffOutputs } from './diff-outputs.js';
import { diffSchemas } from './diff-schemas.js';
import { findHosts } from './find-hosts.js';
import { findInstructions } from './instruction-patterns.js';
import {
  follow,
  isSame,
  isSchema,
  list,
  pointerSegment,
  record,
  type Side,
} from './schema-parts.js';

export const toolGrades = ['HARMLESS', 'WIDENED', 'BREAKING', 'SUSPICIOUS'] as const;
/** How much a change asks of those who use a tool; the later, the more. */
export type ToolGrade = (typeof toolGrades)[number];

/** What a model is told of a tool, and what it relies on. */
export type ToolFacts = {
  title: string | null;
  description: string | null;
  inputSchema: JsonSchema;
  outputSchema: JsonSchema | null;
  annotations: Record<string, unknown>;
};

/** `reasons`: what led to the grade, a sentence each. */
export type Grading = { grade: ToolGrade; reasons: string[] };

/**
 * SUSPICIOUS: it may be meant to do harm (asks for a new input, names another host, writes where it only read, speaks to
 * the model). BREAKING: calls that worked may fail. WIDENED: it takes or answers more. HARMLESS: anything else.
 */
export function gradeToolChange(before: ToolFacts, after: ToolFacts): Grading {
  const suspicious = [
    ...newRequiredInputs(before.inputSchema, after.inputSchema),
    ...newHosts(textsOf(before), textsOf(after)),
    ...newEffects(before.annotations, after.annotations),
    ...newInstructions(textsOf(before), textsOf(after)),
  ];
  if (suspicious.length > 0) return { grade: 'SUSPICIOUS', reasons: suspicious };
  const breaking = [
    ...diffSchemas(before.inputSchema, after.inputSchema).map((reason) => `input ${reason}`),
    ...diffOutputs(before.outputSchema, after.outputSchema).map((reason) => `output ${reason}`),
  ];
  if (breaking.length > 0) return { grade: 'BREAKING', reasons: breaking };
  const others = [
    ...(isSame(before.inputSchema, after.inputSchema) ? [] : ['its input schema is another']),
    ...(isSame(before.outputSchema, after.outputSchema) ? [] : ['its output schema is another']),
  ];
  if (others.length > 0) return { grade: 'WIDENED', reasons: others };
  return {
    grade: 'HARMLESS',
    reasons: [
      ...(before.description === after.description ? [] : ['its description is another']),
      ...(before.title === after.title ? [] : ['its title is another']),
      ...(isSame(before.annotations, after.annotations) ? [] : ['its annotations are others']),
    ],
  };
}

/** SUSPICIOUS when its text speaks to the model, else HARMLESS. */
export function gradeNewTool(tool: ToolFacts): Grading {
  const reasons = newInstructions([], textsOf(tool));
  return { grade: reasons.length > 0 ? 'SUSPICIOUS' : 'HARMLESS', reasons };
}

function newRequiredInputs(before: JsonSchema, after: JsonSchema): string[] {
  const known = inputsOf(before);
  return [...inputsOf(after)]
    .filter(([place, isRequired]) => isRequired && !known.has(place))
    .map(([place]) => `it asks for a new input: ${place} is required`);
}

const maxInputs = 2000;

/** Every named input by its JSON pointer: whether a call must have it. */
function inputsOf(schema: JsonSchema): Map<string, boolean> {
  const found = new Map<string, boolean>();
  const walk = (side: Side, at: string, parents: readonly unknown[]) => {
    const current = follow(side);
    if (!isSchema(current) || parents.includes(current) || found.size >= maxInputs) return;
    const required = new Set(list(current.required));
    for (const [name, property] of Object.entries(record(current.properties))) {
      const place = `${at}/${pointerSegment(name)}`;
      found.set(place, required.has(name));
      walk({ schema: property, root: side.root }, place, [...parents, current]);
    }
    // Named as required, and described nowhere.
    for (const name of required) {
      const place = `${at}/${pointerSegment(name)}`;
      if (!found.has(place)) found.set(place, true);
    }
    walk({ schema: current.items, root: side.root }, `${at}/*`, [...parents, current]);
  };
  walk({ schema, root: schema }, '', []);
  return found;
}

function newHosts(before: string[], after: string[]): string[] {
  const known = new Set(before.flatMap(findHosts));
  const fresh = new Set(after.flatMap(findHosts).filter((host) => !known.has(host)));
  return [...fresh].map((host) => `it names a host that it did not name: ${host}`);
}

/** "ToolAnnotations" of the MCP specification: without `readOnlyHint` a tool may write. */
function newEffects(before: ToolFacts['annotations'], after: ToolFacts['annotations']): string[] {
  return [
    ...(before.readOnlyHint === true && after.readOnlyHint !== true
      ? ['it said that it only reads, and does not say so any more']
      : []),
    ...(before.destructiveHint !== true && after.destructiveHint === true
      ? ['it says that it may destroy, which it did not say']
      : []),
  ];
}

/** More texts of a kind than before are new ones, whatever the texts before said. */
function newInstructions(before: string[], after: string[]): string[] {
  const known = countInstructions(before);
  return [...countInstructions(after)]
    .filter(([says, count]) => count > (known.get(says) ?? 0))
    .map(([says]) => `its text ${says}`);
}

function countInstructions(texts: string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const says of texts.flatMap(findInstructions)) counts.set(says, (counts.get(says) ?? 0) + 1);
  return counts;
}

const unspoken = new Set(['$schema', '$id', '$ref', '$anchor', 'pattern', 'format', 'type']);

/** Everything that a model reads of it: description and title, and the texts and names within its schemas. */
function textsOf({ title, description, inputSchema, outputSchema, annotations }: ToolFacts) {
  const texts = [title, description].filter((text) => text !== null);
  const pending: unknown[] = [inputSchema, outputSchema, annotations.title];
  while (pending.length > 0) {
    const value = pending.pop();
    if (typeof value === 'string') texts.push(value);
    else if (Array.isArray(value)) for (const item of value) pending.push(item);
    else if (isSchema(value)) {
      for (const [key, member] of Object.entries(value)) {
        if (key === 'properties') texts.push(...Object.keys(record(member)));
        if (!unspoken.has(key) || typeof member !== 'string') pending.push(member);
      }
    }
  }
  return texts;
}
