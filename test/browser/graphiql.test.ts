import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { startServer } from '../support/server-process.js';
import { findChromium } from './find-chromium.js';
import { openPage } from './open-page.js';

const chromium = findChromium(process.env);
if (!chromium) {
  console.warn(
    'No Chromium: GraphiQL is not tested in a browser. Install one or set CHROMIUM_PATH.',
  );
}

test.skipIf(!chromium)(
  'GraphiQL runs a query, shows the schema, sends the headers, and sees changes arrive, all from its own server',
  async () => {
    const dir = await mkdtemp(join(tmpdir(), 'toolgraph-browser-'));
    await using cleanup = new AsyncDisposableStack();
    cleanup.defer(() => rm(dir, { recursive: true, force: true }));
    await using server = await startServer({ DATA_DIR: dir });
    await using browser = await openPage(chromium ?? '');
    const { page, requests, sent, complaints } = browser;
    await sync(server.url, 'Pets');

    await page.goto(`${server.url}/graphql`);
    await play(page);
    await page.getByText('"catalogRevision": "1"').waitFor();
    await page.getByText('"name": "Pets"').waitFor();
    expect(page.url()).toBe(`${server.url}/graphql`);

    await write(page.getByLabel('Headers', { exact: true }), '{"x-tenantId": "other"}');
    await play(page);
    await page.getByText('"catalogRevision": "0"').waitFor();

    await page.getByLabel('Show Documentation Explorer').click();
    await page.getByRole('link', { name: 'Subscription' }).click();
    await page.getByText('catalogChanged').first().waitFor();
    await page.getByLabel('Hide Documentation Explorer').click();

    await page.getByRole('tab', { name: 'Changes' }).click();
    await page.getByRole('button', { name: 'Variables' }).click();
    await write(page.getByLabel('Variables', { exact: true }), '{"after": "0"}');
    await play(page);
    await page.getByText('"revision": "1"').waitFor();
    await sync(server.url, 'More pets');
    await page.getByText('"revision": "2"').waitFor();
    await page.getByText('"name": "More pets"').waitFor();
    await page.getByLabel('Stop query').click();
    expect(sent).toMatchObject([
      { type: 'connection_init', payload: { 'x-tenantId': 'demo' } },
      { type: 'subscribe', payload: { operationName: 'Changes', variables: { after: '0' } } },
      { type: 'complete' },
    ]);

    const hosts = new Set(requests.filter(isRemote).map((url) => new URL(url).host));
    expect([...hosts]).toEqual([new URL(server.url).host]);
    expect(complaints).toEqual([]);
  },
  240_000,
);

/** Presses the play button once the page is there and idle. */
async function play(page: Page): Promise<void> {
  await page.getByLabel('Execute query').click();
}

/** Replaces an editor's text. The brackets and quotes that the editor closes by itself are behind the text: they go. */
async function write(editor: Locator, text: string): Promise<void> {
  await editor.click();
  const { keyboard } = editor.page();
  await keyboard.press('ControlOrMeta+A');
  await keyboard.insertText(text);
  await keyboard.press('ControlOrMeta+Shift+End');
  await keyboard.press('Delete');
}

function isRemote(url: string): boolean {
  return !url.startsWith('data:') && !url.startsWith('blob:');
}

/** Stores the pet shop as an API of this name for the tenant `demo`. */
async function sync(url: string, name: string): Promise<void> {
  const form = new FormData();
  const file = join(import.meta.dirname, '../../docs/examples/pets.yaml');
  form.set('file', new Blob([await readFile(file)]), 'pets.yaml');
  form.set('name', name);
  const answer = await fetch(`${url}/tools/sync-swagger/file`, {
    method: 'POST',
    headers: { 'x-tenantId': 'demo', 'x-appId': 'shop' },
    body: form,
  });
  expect(answer.status, await answer.text()).toBe(200);
}
