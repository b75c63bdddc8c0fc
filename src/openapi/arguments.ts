import { shortHash } from './definition-names.js';
import type { ParameterLocation } from './types.js';

/** Gives every input of a tool its property name. Ask in the order path, query, header, cookie, body. */
export class ArgumentNames {
  readonly #taken = new Set<string>(['__proto__', 'constructor', 'prototype']);

  /** The wire name; `{name}_{location}` where another location has it already; with a hash where that is taken too. */
  next(name: string, location: ParameterLocation): string {
    const suffix = location.toLowerCase();
    const choices = [name, `${name}_${suffix}`, `${name}_${shortHash(`${suffix} ${name}`)}`];
    let chosen = choices.find((choice) => !this.#taken.has(choice));
    for (let round = 2; chosen === undefined; round += 1) {
      const other = `${name}_${suffix}_${round}`;
      if (!this.#taken.has(other)) chosen = other;
    }
    this.#taken.add(chosen);
    return chosen;
  }
}
