const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Any other text names no row, and PostgreSQL would refuse to compare it. */
export function isUuid(id: string): boolean {
  return uuid.test(id);
}
