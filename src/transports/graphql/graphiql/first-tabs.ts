import type { PageSettings } from './page/page-settings.js';

/** What GraphiQL shows on a first visit: a query that works on any catalog, and the subscription. */
export const firstTabs: PageSettings['tabs'] = [
  {
    query: `# Welcome to Toolgraph. Press the play button, or Ctrl-Enter.
# The tab "Headers" below says who asks.

query Catalog {
  catalogRevision
  apis(first: 10) {
    totalCount
    nodes {
      name
      endpoints(first: 5) {
        totalCount
        nodes {
          name
          method
          path
        }
      }
    }
  }
  agents {
    id
    toolCount
  }
}
`,
  },
  {
    query: `# Every change of the catalog, as it happens. Press the play button, then change something.
# With the variables {"after": "42"} the changes since revision 42 come first.

subscription Changes($after: Revision) {
  catalogChanged(after: $after) {
    revision
    kind
    at
    agents {
      id
    }
    api {
      name
    }
  }
}
`,
  },
];
