import { childPointer } from '../json-pointer.js';
import {
  describeValue,
  isObject,
  type RawObject,
  stringsOf,
  textOrNull,
} from '../plain-objects.js';
import { pointerOf } from '../problem-log.js';
import { followReference } from '../references/follow-reference.js';
import type { Place } from '../references/spec-file.js';
import { type Cut, type PlainerSchemas, SchemaAssembler } from '../schemas/assemble-schema.js';
import type { SpecContext } from '../spec-context.js';
import type { ServerPlan, ToolDraft } from '../types.js';
import { BodyReader, openApiBody, type PreparedBody } from './bodies.js';
import type { OperationSource } from './list-operations.js';
import { ParameterDrafts } from './parameter-drafts.js';
import { type OperationParameters, ParameterReader } from './parameters.js';
import { matchPathParameters } from './path-parameters.js';
import { hintsExtension, readHints } from './read-hints.js';
import { prepareResponse } from './responses.js';
import { readSecurity, type SecurityRequirements, type SecuritySchemes } from './security.js';
import { readServers, swaggerServers } from './servers.js';
import { swaggerBody } from './swagger-bodies.js';
import { buildInput } from './tool-input.js';

/** What all operations of a document share. */
export type DocumentFacts = {
  document: RawObject;
  servers: ServerPlan[];
  securitySchemes: SecuritySchemes;
  security: SecurityRequirements;
};

const readMethods = new Set(['GET', 'HEAD', 'OPTIONS', 'QUERY', 'TRACE']);

/** Turns operations into drafts, one at a time; schemas and parameters that several of them use are converted once. */
export class OperationParser {
  readonly #context: SpecContext;
  readonly #facts: DocumentFacts;
  readonly #parameters: ParameterReader;
  readonly #bodies: BodyReader;
  readonly #drafts = new ParameterDrafts();
  readonly #inputs: SchemaAssembler;
  readonly #outputs: SchemaAssembler;

  constructor(context: SpecContext, facts: DocumentFacts) {
    this.#context = context;
    this.#facts = facts;
    this.#parameters = new ParameterReader(context);
    this.#bodies = new BodyReader(context);
    const plainer: PlainerSchemas = { 1: new Map(), 2: new Map() };
    this.#inputs = new SchemaAssembler(context.limits.maxInputSchemaBytes, plainer);
    this.#outputs = new SchemaAssembler(context.limits.maxOutputSchemaBytes, plainer);
  }

  parse(operation: OperationSource, name: string, operationId: string | null): ToolDraft {
    const { method, path, raw, place } = operation;
    const declared = this.#parametersOf(operation);
    const prepared = matchPathParameters(this.#context, declared.prepared, path, place);
    const body = this.#bodyOf(operation, declared.body);
    const { inputs, root, parameters, body: bodyPlan } = buildInput(prepared, body);
    const input = this.#inputs.assemble(root);
    this.#notePruned(input.cut, operation, 'input');
    const { output, accept } = this.#responseOf(operation);
    const result = output && this.#outputs.assemble(output);
    if (result) this.#notePruned(result.cut, operation, 'output');
    const summary = textOrNull(raw.summary) ?? textOrNull(operation.shared('summary').value);
    const details =
      textOrNull(raw.description) ?? textOrNull(operation.shared('description').value);
    const hintsPlace = memberOf(operation.place, hintsExtension);
    const hints = readHints(this.#context, raw[hintsExtension], hintsPlace);
    return {
      name,
      operationId,
      method,
      path,
      pointer: pointerOf(place),
      summary,
      description: joinTexts(summary, details),
      tags: stringsOf(raw.tags),
      deprecated: raw.deprecated === true,
      readOnly: readMethods.has(method),
      parameters: this.#drafts.of(inputs, input.schema),
      inputSchema: input.schema,
      outputSchema: result?.schema ?? null,
      plan: {
        servers: this.#serversOf(operation),
        parameters,
        body: bodyPlan,
        accept,
        security: this.#securityOf(operation),
        ...(hints && { hints }),
      },
    };
  }

  #parametersOf({ raw, place, shared }: OperationSource): OperationParameters {
    const common = shared('parameters');
    return this.#parameters.read([
      { list: common.value, place: common.place },
      { list: raw.parameters, place: memberOf(place, 'parameters') },
    ]);
  }

  #bodyOf(
    { raw, place }: OperationSource,
    parameters: OperationParameters['body'],
  ): PreparedBody | null {
    const context = this.#context;
    if (context.dialect === '2.0') {
      const consumes = raw.consumes ?? this.#facts.document.consumes;
      const source = swaggerBody(context, parameters, consumes, place);
      return source && this.#bodies.prepare(source);
    }
    if (raw.requestBody === undefined || raw.requestBody === null) return null;
    const at = memberOf(place, 'requestBody');
    const followed = followReference(context, raw.requestBody, at, 'requestBodies');
    if (!followed) return null;
    if (!isObject(followed.value) || !isObject(followed.value.content)) {
      const found = isObject(followed.value)
        ? `its "content" is ${describeValue(followed.value.content)}`
        : `it is ${describeValue(followed.value)}`;
      const message = `The request body cannot be read: ${found}; expected an object.`;
      context.problems.add('INVALID_BODY', followed.place, message);
      return null;
    }
    return this.#bodies.prepare(openApiBody(context, followed.value, followed.place));
  }

  #responseOf({ raw, place }: OperationSource) {
    const produces = raw.produces ?? this.#facts.document.produces;
    return prepareResponse(this.#context, raw.responses, memberOf(place, 'responses'), produces);
  }

  #serversOf({ raw, place, shared }: OperationSource): ServerPlan[] {
    if (this.#context.dialect === '2.0') {
      if (raw.schemes === undefined) return this.#facts.servers;
      return swaggerServers(this.#context, this.#facts.document, raw.schemes);
    }
    const common = shared('servers');
    return (
      readServers(this.#context, raw.servers, memberOf(place, 'servers')) ??
      readServers(this.#context, common.value, common.place) ??
      this.#facts.servers
    );
  }

  #securityOf({ raw, place }: OperationSource): SecurityRequirements {
    const at = memberOf(place, 'security');
    const schemes = this.#facts.securitySchemes;
    return readSecurity(this.#context, raw.security, at, schemes) ?? this.#facts.security;
  }

  #notePruned(cut: Cut, { method, path, place }: OperationSource, side: 'input' | 'output'): void {
    if (cut === 'none') return;
    const { maxInputSchemaBytes, maxOutputSchemaBytes } = this.#context.limits;
    const limit = side === 'input' ? maxInputSchemaBytes : maxOutputSchemaBytes;
    const what =
      cut === 'prose'
        ? 'descriptions deep in it were shortened or left out'
        : 'descriptions and the schemas farthest from its root were left out';
    const message = `The ${side} schema of ${method} ${path} has over ${limit} bytes: ${what}.`;
    const severity = cut === 'structure' && side === 'input' ? 'WARNING' : 'INFO';
    this.#context.problems.add('SCHEMA_PRUNED', place, message, severity);
  }
}

function memberOf(place: Place, member: string): Place {
  return { file: place.file, pointer: childPointer(place.pointer, member) };
}

function joinTexts(summary: string | null, details: string | null): string | null {
  if (summary === null || details === null) return summary ?? details;
  return details.startsWith(summary.replace(/\.$/, '')) ? details : `${summary}\n\n${details}`;
}
