import { Migration } from '@mikro-orm/migrations';

/** Finds the tools that may answer a question in one statement, and without reading the words of any. */
export class SearchCandidates20261121910000 extends Migration {
  override name = '20261121910000-search-candidates';

  override up(): void {
    for (const statement of statements) this.addSql(statement);
  }
}

const statements = [
  // Planners guess badly how many tools match a question, and would rather read all of them than the index.
  `create function find_search_documents(tenant text, asked tsquery, of_kind text, at_most int)
   returns table (id uuid, kind text, fields text, tokens int) language plpgsql stable
   set enable_seqscan = off set enable_indexscan = off set enable_indexonlyscan = off as $$
   begin
     return query execute 'select tool_id, kind, fields, tokens from search_documents
       where tenant_id = $1 and words @@ $2 and ($3 is null or kind = $3) limit $4'
     using tenant, asked, of_kind, at_most;
   end $$`,
  // One tier after the other, as long as fewer tools were found than its bound.
  `create function search_candidates(tenant text, tiers text[], bounds int[], of_kind text, at_most int)
   returns table (id uuid, kind text, fields text, tokens int) language plpgsql stable as $$
   declare
     seen uuid[] := '{}';
   begin
     for tier in 1 .. cardinality(tiers) loop
       continue when cardinality(seen) >= bounds[tier];
       for id, kind, fields, tokens in
         select f.id, f.kind, f.fields, f.tokens
         from find_search_documents(tenant, tiers[tier]::tsquery, of_kind, at_most) f
         where not f.id = any(seen) and case f.kind
           when 'ENDPOINT' then (select e.enabled from endpoints e where e.tenant_id = tenant and e.id = f.id)
           else (select k.is_listed and k.is_approved and s.is_active
                 from mcp_tools k join mcp_servers s on s.tenant_id = k.tenant_id and s.id = k.server_id
                 where k.tenant_id = tenant and k.id = f.id)
         end
       loop
         seen := seen || id;
         return next;
       end loop;
     end loop;
   end $$`,
];
