import { chromium, type Page } from 'playwright-core';

export type WatchedPage = AsyncDisposable & {
  page: Page;
  /** Address of everything that the page asked for, sockets included, in order. */
  requests: string[];
  /** Messages that the page sent over sockets, parsed. */
  sent: unknown[];
  /** Errors and warnings of the console, uncaught errors, and violations of the content security policy. */
  complaints: string[];
};

/** A page in a fresh headless Chromium that can reach this machine only. */
export async function openPage(executablePath: string): Promise<WatchedPage> {
  await using stack = new AsyncDisposableStack();
  const browser = await chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
    ],
  });
  stack.defer(() => browser.close());
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  page.setDefaultTimeout(60_000);
  const requests: string[] = [];
  const sent: unknown[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  page.on('websocket', (socket) => {
    requests.push(socket.url());
    socket.on('framesent', ({ payload }) => sent.push(JSON.parse(String(payload))));
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  await page.exposeFunction('complain', (complaint: string) => complaints.push(complaint));
  await page.addInitScript(`addEventListener('securitypolicyviolation', (event) => {
    complain(event.violatedDirective + ' refused ' + event.blockedURI);
  });`);
  const held = stack.move();
  return { page, requests, sent, complaints, [Symbol.asyncDispose]: () => held.disposeAsync() };
}
