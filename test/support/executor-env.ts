/** What `GRAPHQL_COMPILED` was given to this run of the tests, for every server that they start. */
export function executorEnv(): { GRAPHQL_COMPILED?: string } {
  const { GRAPHQL_COMPILED } = process.env;
  return GRAPHQL_COMPILED ? { GRAPHQL_COMPILED } : {};
}
