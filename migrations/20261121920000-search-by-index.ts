import { Migration } from '@mikro-orm/migrations';

/**
 * Before statistics are collected, which nobody does on PGlite, planners think that a tenant has few documents and read
 * all of them by their primary key: rows that are read and thrown away cost much more than what the index reads.
 */
export class SearchByIndex20261121920000 extends Migration {
  override name = '20261121920000-search-by-index';

  override up(): void {
    this.addSql(
      'alter function find_search_documents(text, tsquery, text, int) set cpu_tuple_cost = 1000',
    );
  }
}
