import { defineEntity, p } from '@mikro-orm/core';
import type { Sealer } from '../credentials/sealer.js';
import type { ScoreDeduction, SkippedOperation, SpecProblem } from '../openapi/types.js';

const ApiSchema = defineEntity({
  name: 'Api',
  tableName: 'apis',
  properties: {
    id: p.uuid().primary(),
    tenantId: p.text(),
    appId: p.text(),
    name: p.text(),
    baseUrl: p.text(),
    /** A person gave `baseUrl`: it survives a sync. Otherwise it follows the document's first server. */
    isBaseUrlGiven: p.boolean().fieldName('is_base_url_given'),
    swaggerUrl: p.text().nullable(),
    /** Header name → Fernet token. */
    headers: p.json<Record<string, string>>().nullable(),
    /** The origin that the headers were given for; they are sent nowhere else. */
    headersOrigin: p.text().nullable(),
    contentHash: p.text(),
    specVersion: p.text(),
    title: p.text().nullable(),
    compatibilityScore: p.integer(),
    securitySchemes: p.json<Record<string, Record<string, unknown>>>().columnType('json'),
    skippedOperations: p.json<SkippedOperation[]>().columnType('json'),
    problems: p.json<SpecProblem[]>().columnType('json'),
    deductions: p.json<ScoreDeduction[]>().columnType('json'),
    /** Files that the document reaches by `$ref`: URL → SHA-256, hex. */
    files: p.json<Record<string, string>>().columnType('json'),
    createdAt: p.datetime(),
    syncedAt: p.datetime(),
  },
});

export type ApiSettings = {
  name?: string | null;
  baseUrl?: string | null;
  headers?: Record<string, string> | null;
};

/** A synced OpenAPI or Swagger document of one tenant and app. */
export class Api extends ApiSchema.class {
  /** Takes what a person set; what is null or absent stays as it was. Headers are sealed here and never leave again. */
  configure({ name, baseUrl, headers }: ApiSettings, sealer: Sealer): void {
    if (name) this.name = name;
    if (baseUrl) {
      this.baseUrl = baseUrl;
      this.isBaseUrlGiven = true;
      // Headers that came before any server was known wait for the first one that a person names.
      if (this.headers) this.headersOrigin ??= originOf(baseUrl);
    }
    if (headers) {
      this.headers = Object.fromEntries(
        Object.entries(headers).map(([header, value]) => [header, sealer.seal(value)]),
      );
      this.headersOrigin = originOf(this.baseUrl);
    }
  }
}
ApiSchema.setClass(Api);

/** Null for a text that is no absolute URL. */
function originOf(url: string): string | null {
  return URL.parse(url)?.origin ?? null;
}
