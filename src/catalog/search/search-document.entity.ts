import { defineEntity, p } from '@mikro-orm/core';
import type { SearchableKind } from './write-search-documents.js';

const StoredSearchDocumentSchema = defineEntity({
  name: 'StoredSearchDocument',
  tableName: 'search_documents',
  properties: {
    tenantId: p.text().primary(),
    /** Of an endpoint or an MCP tool; the row goes with it. */
    toolId: p.uuid().primary(),
    kind: p.text().$type<SearchableKind>(),
    /** See `toVector`. */
    words: p.text().columnType('tsvector'),
    /** See `serializeDocument`. */
    fields: p.text(),
    /** About how many tokens of a model the tool's definition takes. */
    tokens: p.integer(),
    /** The `analyzerVersion` that wrote the row. */
    analyzer: p.integer(),
  },
});

/** What a tool is searched by. */
export class StoredSearchDocument extends StoredSearchDocumentSchema.class {}
StoredSearchDocumentSchema.setClass(StoredSearchDocument);
