/**
 * Whether an error says that the database does not answer, takes no writes, or has no room now, rather than that a statement
 * is wrong: by the code of the socket or the class of the SQLSTATE (PostgreSQL, appendix A), of the error or of what caused it.
 */
export function isDatabaseOutage(error: unknown): boolean {
  // Read-only, rolled back for others' sake, no resources, stopped by its operator.
  return isDisconnect(error) || hasCause(error, ({ code }) => /^(25006|(40|53|57)...)$/.test(code));
}

/** Whether an error says that the connection to the database was lost, or cannot be made. */
export function isDisconnect(error: unknown): boolean {
  return hasCause(
    error,
    ({ code, message }) =>
      /^(ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|ENOTFOUND|EAI_)/.test(code) ||
      /^(08...|57P0[123])$/.test(code) ||
      /^(Connection terminated|timeout exceeded when trying to connect)/.test(message),
  );
}

type Said = { code: string; message: string };

function hasCause(error: unknown, isSaid: (said: Said) => boolean): boolean {
  for (let one = error, depth = 0; one instanceof Error && depth < 5; one = one.cause, depth += 1) {
    const code = 'code' in one ? String(one.code) : '';
    if (isSaid({ code, message: one.message })) return true;
  }
  return false;
}
