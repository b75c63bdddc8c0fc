import { defineEntity, p } from '@mikro-orm/core';

const CatalogRevisionSchema = defineEntity({
  name: 'CatalogRevision',
  tableName: 'catalog_revisions',
  properties: {
    tenantId: p.text().primary(),
    revision: p.bigint('string'),
    /** The newest revision whose change has been deleted from the log; `0` when none has. */
    logFloor: p.bigint('string'),
  },
});

/** The newest revision of one tenant's catalog. */
export class CatalogRevision extends CatalogRevisionSchema.class {}
CatalogRevisionSchema.setClass(CatalogRevision);
