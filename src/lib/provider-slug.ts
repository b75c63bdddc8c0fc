const maxLength = 64;

/**
 * The name of an API or an MCP server as a prefix of tool names, such as `pet-store` in `pet-store:listPets`: lower-case
 * ASCII letters, digits, `_` and `-`. The same name always gives the same slug; different names may share one.
 */
export function providerSlug(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, maxLength)
    .replace(/-+$/, '');
  return plain || 'provider';
}
