/**
 * Whether an error says that the database does not answer, or has no room now, rather than that a statement is wrong: by
 * the code of the socket or the class of the SQLSTATE (PostgreSQL, appendix A), of the error or of what caused it.
 */
export function isDatabaseOutage(error: unknown): boolean {
  for (let one = error, depth = 0; one instanceof Error && depth < 5; one = one.cause, depth += 1) {
    const code = 'code' in one ? String(one.code) : '';
    if (/^(ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|ENOTFOUND|EAI_)/.test(code)) return true;
    // Connection lost, rolled back for others' sake, no resources, stopped by its operator.
    if (/^(08|40|53|57)[0-9A-Z]{3}$/.test(code)) return true;
    if (/^(Connection terminated|timeout exceeded when trying to connect)/.test(one.message))
      return true;
  }
  return false;
}
