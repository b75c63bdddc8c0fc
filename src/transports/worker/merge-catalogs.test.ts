import { describe, expect, it } from 'vitest';
import {
  type CatalogBody,
  type CatalogOrigin,
  decodeCatalog,
  encodeCatalog,
} from './catalog-body.js';
import { mergeCatalogs } from './merge-catalogs.js';

describe('a catalog to publish', () => {
  it('is one’s own where there is none', () => {
    expect(mergeCatalogs(null, first(aCatalog()))).toEqual(aCatalog());
  });

  it('is none where nothing has changed', () => {
    expect(mergeCatalogs(aCatalog(), first(aCatalog({ revision: 9n })))).toBeNull();
  });

  it('is one’s own over that of another agent', () => {
    const others = aCatalog({ agent: 'other', revision: 99n });
    expect(mergeCatalogs(others, first(aCatalog()))).toEqual(aCatalog());
  });

  it('has the tools of the newer revision', () => {
    const newer = aCatalog({ revision: 6n, digest: 'new' });
    expect(mergeCatalogs(aCatalog(), first(newer))).toEqual(newer);
    expect(mergeCatalogs(newer, first(aCatalog()))).toBeNull();
  });

  it('has the tools of the newer build at the same revision', () => {
    const newer = aCatalog({ format: 2, digest: 'new' });
    expect(mergeCatalogs(aCatalog(), first(newer))).toEqual(newer);
    expect(mergeCatalogs(newer, first(aCatalog()))).toBeNull();
  });

  it('takes newer permissions beside older tools, and the other way round', () => {
    const tools = aCatalog({ revision: 6n, digest: 'new' });
    const rules = aCatalog({ permissionsAt: 200 }, { tool: ['ann'] });
    const both = aCatalog({ revision: 6n, digest: 'new', permissionsAt: 200 }, { tool: ['ann'] });
    expect(mergeCatalogs(tools, first(rules))).toEqual(both);
    expect(mergeCatalogs(rules, first(tools))).toEqual(both);
  });

  it('does not mind the order of users', () => {
    const one = aCatalog({}, { a: ['x', 'y'], b: [] });
    const other = aCatalog({}, { b: [], a: ['y', 'x'] });
    expect(mergeCatalogs(one, first(other))).toBeNull();
  });

  it('is not offered twice by one of two that disagree', () => {
    const [ours, theirs] = [aCatalog({ digest: 'ours' }), aCatalog({ digest: 'theirs' })];
    expect(mergeCatalogs(theirs, first(ours))).toEqual(ours);
    const again = { body: ours, hasNewTools: false, hasNewPermissions: false };
    expect(mergeCatalogs(theirs, again)).toBeNull();
    expect(mergeCatalogs(null, again)).toEqual(ours);
  });
});

describe('a catalog as bytes', () => {
  it('comes back as it was', () => {
    const catalog = aCatalog({ revision: 2n ** 62n }, { 'a*': ['*'] });
    expect(decodeCatalog(encodeCatalog(catalog))).toEqual(catalog);
  });

  it.each([
    ['nothing', new Uint8Array(0)],
    ['a list', Uint8Array.of(0x90)],
    ['bytes cut off', encodeCatalog(aCatalog()).subarray(0, 20)],
    ['what another program wrote', Uint8Array.of(0x81, 0xa5, 0x74, 0x6f, 0x6f, 0x6c, 0x73, 0x90)],
  ])('is none of ours: %s', (_, bytes) => {
    expect(decodeCatalog(bytes)).toBeNull();
  });
});

function first(body: CatalogBody) {
  return { body, hasNewTools: true, hasNewPermissions: true };
}

function aCatalog(
  origin: Partial<CatalogOrigin> = {},
  permissions: CatalogBody['permissions'] = {},
): CatalogBody {
  const digest = origin.digest ?? 'd';
  const parameters = { type: 'object' };
  return {
    tools: [{ name: digest, description: '', parameters, schema_hash: `hash of ${digest}` }],
    ...{ permissions, schemaHash: `whole of ${digest}` },
    origin: {
      ...{ tenant: 'acme', agent: 'helper', format: 1, revision: 5n, permissionsAt: 100 },
      ...origin,
      digest,
    },
  };
}
