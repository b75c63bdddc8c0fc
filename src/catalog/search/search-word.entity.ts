import { defineEntity, p } from '@mikro-orm/core';

const SearchWordSchema = defineEntity({
  name: 'SearchWord',
  tableName: 'search_words',
  properties: {
    tenantId: p.text().primary(),
    /** A stem; '' stands for all tools. */
    word: p.text().primary(),
    /** How many tools have it. Counted by the database. */
    tools: p.integer(),
  },
});

/** How many tools of a tenant have a word. */
export class SearchWord extends SearchWordSchema.class {}
SearchWordSchema.setClass(SearchWord);
