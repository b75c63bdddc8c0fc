import { shortHash } from '../schemas/definition-names.js';
import type { ParameterLocation } from '../types.js';

/** Gives every input of a tool its property name. Ask in the order path, query, header, cookie, body. */
export class ArgumentNames {
  readonly #taken = new Set<string>(['__proto__', 'constructor', 'prototype']);

  /** The wire name; `{name}_{location}` where another location has it already; with a hash where that is taken too. */
  next(name: string, location: ParameterLocation): string {
    const suffix = location.toLowerCase();
    let chosen = name;
    if (this.#taken.has(chosen)) chosen = `${name}_${suffix}`;
    for (let round = 0; this.#taken.has(chosen); round += 1) {
      chosen = `${name}_${shortHash(`${round} ${suffix} ${name}`)}`;
    }
    this.#taken.add(chosen);
    return chosen;
  }
}
