import type { ParseLimits } from './limits.js';
import type { ProblemLog } from './problem-log.js';
import { RefResolver } from './references/resolve-refs.js';
import type { SpecFiles } from './references/spec-file.js';
import { SchemaConverter, type TwoWayDefinitions } from './schemas/convert-schema.js';
import type { Dialect } from './versions.js';

/** What every step of one parse shares. */
export class SpecContext {
  readonly refs: RefResolver;
  readonly requests: SchemaConverter;
  readonly responses: SchemaConverter;
  #nodesLeft: number;

  constructor(
    readonly dialect: Dialect,
    readonly files: SpecFiles,
    readonly limits: ParseLimits,
    readonly problems: ProblemLog,
  ) {
    this.#nodesLeft = limits.maxSchemaNodes;
    this.refs = new RefResolver(files);
    const twoWay: TwoWayDefinitions = new Map();
    this.requests = new SchemaConverter(this, 'request', twoWay);
    this.responses = new SchemaConverter(this, 'response', twoWay);
  }

  /** Counts one schema against the document's budget; false when that is spent. */
  takeNode(): boolean {
    this.#nodesLeft -= 1;
    return this.#nodesLeft >= 0;
  }
}
