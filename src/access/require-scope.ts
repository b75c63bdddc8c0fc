import type { Actor, Scope } from '../context.js';
import { AppError } from '../errors.js';

/** The guard that every verb calls first. Throws FORBIDDEN naming the scope that is missing. */
export function requireScope(actor: Actor, scope: Scope): void {
  if (!actor.scopes.has(scope)) {
    throw new AppError(
      'FORBIDDEN',
      `This needs the scope "${scope}", which the token does not grant.`,
      {
        scope,
      },
    );
  }
}
