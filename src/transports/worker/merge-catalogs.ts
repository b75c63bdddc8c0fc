import type { CatalogBody, CatalogOrigin } from './catalog-body.js';

/** What one process would publish, and whether it offers each part for the first time. */
export type Offer = {
  body: CatalogBody;
  hasNewTools: boolean;
  hasNewPermissions: boolean;
};

/**
 * The catalog to publish after `current`, null when that one stays. Tools and permissions are taken from whichever is
 * newer: an old build or an old configuration never overwrites a newer one. Of parts that are equally new and differ, one
 * that this process has offered before is not offered again, so that two that disagree do not take turns for ever.
 */
export function mergeCatalogs(current: CatalogBody | null, offer: Offer): CatalogBody | null {
  const { body } = offer;
  if (!current || !isSameOwner(current.origin, body.origin)) return body;
  const order = compareTools(body.origin, current.origin);
  const tools = order > 0 || (order === 0 && offer.hasNewTools) ? body : current;
  const age = body.origin.permissionsAt - current.origin.permissionsAt;
  const permissions = age > 0 || (age === 0 && offer.hasNewPermissions) ? body : current;
  const isSame =
    tools.origin.digest === current.origin.digest &&
    samePermissions(permissions.permissions, current.permissions);
  if (isSame) return null;
  return {
    ...{ tools: tools.tools, schemaHash: tools.schemaHash, permissions: permissions.permissions },
    origin: { ...tools.origin, permissionsAt: permissions.origin.permissionsAt },
  };
}

function isSameOwner(one: CatalogOrigin, other: CatalogOrigin): boolean {
  return one.tenant === other.tenant && one.agent === other.agent;
}

/** By revision; of one revision the build that writes in the newer format counts. */
function compareTools(one: CatalogOrigin, other: CatalogOrigin): number {
  if (one.revision !== other.revision) return one.revision > other.revision ? 1 : -1;
  return one.format - other.format;
}

/** The order of tools and users says nothing. */
function samePermissions(one: CatalogBody['permissions'], other: CatalogBody['permissions']) {
  const toText = (permissions: CatalogBody['permissions']) =>
    JSON.stringify(
      Object.entries(permissions)
        .map(([tool, users]) => [tool, [...users].sort()] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    );
  return toText(one) === toText(other);
}
