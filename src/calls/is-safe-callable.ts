import type { Callable } from './call-catalog.js';
import { isSafeMethod } from './run-request.js';

/** Whether a call of it has no effect, so that it may be made again: by its HTTP method, or what its MCP server says. */
export function isSafeCallable(callable: Callable): boolean {
  return callable.kind === 'MCP'
    ? callable.tool.annotations.readOnlyHint === true
    : isSafeMethod(callable.endpoint.method);
}
