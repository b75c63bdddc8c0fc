import { setOwn } from '../plain-objects.js';
import type { Definition, Fragment } from '../schemas/convert-schema.js';
import type { BodyPlan, JsonSchema, ParameterLocation, ParameterPlan } from '../types.js';
import { ArgumentNames } from './arguments.js';
import type { PreparedBody } from './bodies.js';
import type { ParameterIn, PreparedParameter } from './parameters.js';

/** One property of a tool's input schema. */
export type ToolInput = {
  argument: string;
  name: string;
  location: ParameterLocation;
  required: boolean;
  fragment: Fragment;
};

export type BuiltInput = {
  /** Of parameters and of body fields; a `contentType` choice is in the schema and not here. */
  inputs: ToolInput[];
  root: Fragment;
  parameters: ParameterPlan[];
  body: BodyPlan | null;
};

const precedence: Record<ParameterIn, number> = {
  path: 0,
  query: 1,
  querystring: 2,
  header: 3,
  cookie: 4,
};
const locationOf: Record<ParameterIn, ParameterLocation> = {
  path: 'PATH',
  query: 'QUERY',
  querystring: 'QUERY',
  header: 'HEADER',
  cookie: 'COOKIE',
};
const maxDependentNames = 2_000;

/** One flat object of inputs from the parameters and the body of an operation, and how each goes onto the wire. */
export function buildInput(prepared: PreparedParameter[], body: PreparedBody | null): BuiltInput {
  const names = new ArgumentNames();
  const ordered = prepared.toSorted((a, b) => precedence[a.in] - precedence[b.in]);
  const inputs: ToolInput[] = [];
  const parameters: ParameterPlan[] = [];
  for (const { name, in: where, required, wire, fragment } of ordered) {
    const location = locationOf[where];
    const argument = names.next(name, location);
    inputs.push({ argument, name, location, required, fragment });
    const preset = fragment.schema.default;
    parameters.push({
      argument,
      name,
      in: where,
      required,
      ...wire,
      ...(preset !== undefined && { default: preset }),
    });
  }
  const plan = body && planBody(body, names, inputs);
  return { inputs, root: rootOf(inputs, body, plan), parameters, body: plan };
}

function planBody(body: PreparedBody, names: ArgumentNames, inputs: ToolInput[]): BodyPlan {
  const { fields, whole, required, variants } = body;
  const taken = (fields ?? []).map(({ name, required: isNeeded, fragment }) => {
    const argument = names.next(name, 'BODY');
    inputs.push({ argument, name, location: 'BODY', required: required && isNeeded, fragment });
    return { argument, name };
  });
  let argument: string | null = null;
  if (whole) {
    argument = names.next('body', 'BODY');
    const schema = noted(whole.schema, body.description);
    const fragment = { schema, refs: whole.refs };
    inputs.push({ argument, name: 'body', location: 'BODY', required, fragment });
  }
  return {
    required,
    argument,
    fields: fields && taken,
    contentTypeArgument: variants.length > 1 ? names.next('contentType', 'BODY') : null,
    variants,
  };
}

function noted(schema: JsonSchema, description: string | null): JsonSchema {
  return description === null || schema.description !== undefined
    ? schema
    : { ...schema, description };
}

function rootOf(inputs: ToolInput[], body: PreparedBody | null, plan: BodyPlan | null): Fragment {
  const properties: Record<string, JsonSchema> = {};
  const refs = new Set<Definition>();
  for (const { argument, fragment } of inputs) {
    setOwn(properties, argument, fragment.schema);
    for (const ref of fragment.refs) refs.add(ref);
  }
  const mediaTypes = plan?.variants.map(({ mediaType }) => mediaType) ?? [];
  if (plan?.contentTypeArgument) {
    setOwn(properties, plan.contentTypeArgument, contentTypeSchema(mediaTypes));
  }
  const required = inputs.filter((input) => input.required).map(({ argument }) => argument);
  const dependent = body && plan ? dependentRequired(body, plan) : null;
  const schema: JsonSchema = {
    type: 'object',
    properties,
    ...(required.length > 0 && { required }),
    ...(dependent && { dependentRequired: dependent }),
    additionalProperties: false,
  };
  return { schema, refs: [...refs] };
}

function contentTypeSchema(mediaTypes: string[]): JsonSchema {
  const description = 'Media type in which the body is sent.';
  return { type: 'string', enum: mediaTypes, default: mediaTypes[0], description };
}

/** An optional body with required fields: whoever gives one of its fields gives those too. */
function dependentRequired(body: PreparedBody, plan: BodyPlan): Record<string, string[]> | null {
  if (body.required || !body.fields || !plan.fields) return null;
  const fields = plan.fields.map((field, at) => ({
    ...field,
    isNeeded: body.fields?.[at]?.required,
  }));
  const needed = fields.filter(({ isNeeded }) => isNeeded).map(({ argument }) => argument);
  if (needed.length === 0 || needed.length * fields.length > maxDependentNames) return null;
  const dependent: Record<string, string[]> = {};
  for (const { argument } of fields) {
    const others = needed.filter((other) => other !== argument);
    if (others.length > 0) setOwn(dependent, argument, others);
  }
  return Object.keys(dependent).length > 0 ? dependent : null;
}
