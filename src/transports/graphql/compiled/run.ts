import type {
  ExecutionResult,
  FragmentDefinitionNode,
  GraphQLError,
  GraphQLField,
  GraphQLFieldResolver,
  GraphQLSchema,
  OperationDefinitionNode,
} from 'graphql';
import type { Container, Place } from './place.js';

/** What answers each field; none for one that is read from its object. */
export type Resolvers = ReadonlyMap<
  GraphQLField<unknown, unknown>,
  GraphQLFieldResolver<unknown, unknown> | undefined
>;

/** What stays the same over every run of an operation. */
export type Program = {
  schema: GraphQLSchema;
  resolvers: Resolvers;
  hideSuggestions: boolean;
  operation: OperationDefinitionNode;
  fragments: Record<string, FragmentDefinitionNode>;
};

/** One execution: its inputs, its answer so far, and how much of it is still on the way. */
export class Run {
  readonly errors: GraphQLError[] = [];
  data: Container | null = {};
  /** Arguments by field plan: every row of a list is asked with the same. */
  readonly args = new Map<object, Record<string, unknown>>();
  #hasFailed = false;
  #pending = 0;
  #whenIdle: (() => void) | null = null;

  constructor(
    readonly program: Program,
    readonly context: unknown,
    readonly rootValue: unknown,
    readonly variables: Record<string, unknown>,
  ) {}

  /** The answer as it is once nothing is on the way any more. */
  get result(): ExecutionResult {
    const { errors } = this;
    const data = this.#hasFailed ? null : this.data;
    return errors.length > 0 ? { errors, data } : { data };
  }

  get isIdle(): boolean {
    return this.#pending === 0;
  }

  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#whenIdle = resolve;
    });
  }

  /** `onValue` may throw what `onError` takes as well. */
  follow<Value>(
    promise: PromiseLike<Value>,
    onValue: (value: Value) => void,
    onError: (error: unknown) => void,
  ): void {
    this.#pending += 1;
    promise.then(
      (value) => {
        try {
          onValue(value);
        } catch (error) {
          onError(error);
        }
        this.#settle();
      },
      (error) => {
        onError(error);
        this.#settle();
      },
    );
  }

  /**
   * Gives up the nearest place that may be null for an error that came later than its surroundings (GraphQL, 6.4.4
   * "Handling execution errors"). An error below something that is given up already is not told.
   */
  bubble(error: GraphQLError, place: Place): void {
    if (this.#isDead(place)) return;
    let at: Place | undefined = place;
    while (at && !at.canBeNull && !at.hasFailed) at = at.prev;
    // What it would give up has failed already.
    if (at ? at.hasFailed : this.#hasFailed) return;
    this.errors.push(error);
    if (at) {
      at.container[at.key] = null;
      at.isDead = true;
    } else {
      this.data = null;
    }
  }

  /** Gives up the whole answer for an error that no field could take. */
  fail(error: unknown): void {
    this.#hasFailed = true;
    this.errors.push(error as GraphQLError);
  }

  #isDead(place: Place): boolean {
    for (let at: Place | undefined = place; at; at = at.prev) if (at.isDead) return true;
    return this.data === null;
  }

  #settle(): void {
    this.#pending -= 1;
    if (this.#pending === 0) this.#whenIdle?.();
  }
}
