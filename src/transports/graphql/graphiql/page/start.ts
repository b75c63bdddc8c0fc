/** Runs in the browser: GraphiQL with the first tabs and headers that the page carries in `data-settings`. */

import { fetchResult, type Options, type Request } from './fetch-result.js';
import type { PageSettings } from './page-settings.js';
import { subscribe } from './subscribe.js';

declare const YogaGraphiQL: {
  renderYogaGraphiQL(root: Element, props: Record<string, unknown>): void;
};

const root = document.querySelector<HTMLElement>('#graphiql');
if (root) start(root, JSON.parse(root.dataset.settings ?? '{}') as PageSettings);

function start(root: HTMLElement, { files, headers, tabs }: PageSettings): void {
  const workers: Record<string, string> = { graphql: 'graphql.worker.js', json: 'json.worker.js' };
  Object.assign(globalThis, {
    MonacoEnvironment: {
      getWorkerUrl: (_module: string, label: string) =>
        new URL(`${files}/${workers[label] ?? 'editor.worker.js'}`, location.href).href,
    },
  });
  const headerText = JSON.stringify(headers, null, 2);
  YogaGraphiQL.renderYogaGraphiQL(root, {
    fetcher,
    headers: headerText,
    defaultTabs: tabs.map(({ query, variables }) => ({ query, variables, headers: headerText })),
    title: 'Toolgraph',
    logo: `<img src="${files}/icon.svg" alt="" width="28" height="28">`,
    // Headers may hold a token: they stay in memory unless the person turns "persist headers" on.
    shouldPersistHeaders: undefined,
    // Queries stay out of the address bar, where literals of a query would reach the history and proxies.
    onEditQuery: () => {},
  });
}

function fetcher(request: Request, options?: Options): unknown {
  return isSubscription(request, options)
    ? subscribe(request, options)
    : fetchResult(request, options);
}

function isSubscription({ operationName }: Request, { documentAST }: Options = {}): boolean {
  const operations = documentAST?.definitions.filter((each) => each.kind === 'OperationDefinition');
  const chosen = operationName
    ? operations?.find(({ name }) => name?.value === operationName)
    : operations?.[0];
  return chosen?.operation === 'subscription';
}
