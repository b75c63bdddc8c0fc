import { expect, it } from 'vitest';
import { createCallCatalog } from '../../src/calls/call-catalog.js';
import { aTestApp } from '../support/test-app.js';
import { aCaller, aThingsDocument } from './callers.js';

it('knows the version of each tenant, however many are asked for at once', async () => {
  await using app = await aTestApp();
  const { storage, sealer } = app.ports;
  const { fork, run } = storage;
  using catalog = createCallCatalog({ fork, run, sealer, isAlone: false });
  const read = (...tenants: string[]) => Promise.all(tenants.map((one) => catalog.version(one)));
  expect(await read('acme')).toEqual(['0']);
  await aCaller(app, 'acme').sync(aThingsDocument('http://127.0.0.1:1'));
  const [acme = ''] = await read('acme');
  expect(Number(acme)).toBeGreaterThan(0);
  expect(await read('acme', 'globex', 'acme')).toEqual([acme, '0', acme]);
  expect(await read('globex')).toEqual(['0']);
  await aCaller(app, 'globex').sync(aThingsDocument('http://127.0.0.1:1'));
  const [globex = '', again] = await read('globex', 'acme');
  expect(Number(globex)).toBeGreaterThan(0);
  expect(again).toBe(acme);
});
