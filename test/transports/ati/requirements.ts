/** What the ATI proxy must do, by group. `docs/ati-proxy.md` is made from it; a test holds that each is verified. */
export type Requirement = { id: string; group: Group; what: string };

export type Group =
  | 'Routes'
  | 'What the client demands'
  | 'How failures are told'
  | 'Calls'
  | 'Tokens and scopes'
  | 'X-Ati-Upstream-Url'
  | 'JSON-RPC under /mcp'
  | 'Skills'
  | 'Files'
  | 'Better than the reference'
  | 'Conformance with the ati client';

const groups: Record<Group, Record<string, string>> = {
  Routes: {
    'route-call': '`POST /call` answers `{result, error?}`',
    'route-help': '`POST /help` answers `{content, error?}`',
    'route-mcp': '`POST /mcp` answers a JSON-RPC 2.0 envelope, or 202',
    'route-tools': '`GET /tools` answers a bare list, by `provider` and `search`',
    'route-tool': '`GET /tools/{name}` answers one tool, `:` or `%3A` in its name',
    'route-skills': '`GET /skills` answers a bare list; of the filters the first counts',
    'route-skills-resolve': '`POST /skills/resolve` answers a bare list',
    'route-skills-bundle': '`POST /skills/bundle` answers `{skills, missing}`',
    'route-skill': '`GET /skills/{name}` answers one skill, with `meta` and `refs`',
    'route-skill-bundle': '`GET /skills/{name}/bundle` answers `{name, files}`',
    'route-skillati-catalog':
      '`GET /skillati/catalog` answers `{skills}`, never a skill of that name',
    'route-skillati': '`GET /skillati/{name}` answers a skill with links to its files',
    'route-skillati-resources': '`GET /skillati/{name}/resources` answers paths, by `prefix`',
    'route-skillati-file': '`GET /skillati/{name}/file` answers a text or base64',
    'route-skillati-refs': '`GET /skillati/{name}/refs` answers names of references',
    'route-skillati-ref':
      '`GET /skillati/{name}/ref/{reference}` answers one, `/` within it as `%2F`',
    'route-health': '`GET /health` is public and counts tools, providers and skills',
    'route-jwks':
      '`GET /.well-known/jwks.json` is public: the ES256 key with `crv`, `x` and `y`, else 404',
    'route-static': 'Fixed parts of paths win over names: `GET /skills/resolve` is 405',
  },
  'What the client demands': {
    'must-result': '200 of `/call` has `result`; `error` is absent, null or a text',
    'must-content': '200 of `/help` has the text `content`',
    'must-no-error-key': 'A success of `/mcp` and of `/tools/{name}` has no key `error`',
    'must-202': '202 of `/mcp` is read as nothing',
    'must-lists': '`/tools` is a list, `/skillati/catalog` has the list `skills` with names',
    'must-skill-texts': '`/skillati/{name}` has name, description, skill_directory and content',
    'must-file-texts':
      '`/skillati/{name}/file` has its skills, path, kind, content, and encoding of bytes',
    'must-in-time': 'An answer comes before clients give up at 120 s',
    'must-plain': 'Plain HTTP/1.1 and JSON in UTF-8, uncompressed',
    'must-short-errors': 'Error bodies are short and readable',
    'must-base-path': 'Trailing slashes of the base URL and a base path are no trouble',
  },
  'How failures are told': {
    'error-call': '`/call`: `{result: null, error}`',
    'error-help': '`/help`: `{content: "", error}`',
    'error-others': 'Tools, skills and JWKS: `{error}`',
    'error-auth':
      '401 without a token that holds, also on unknown paths; unknown paths are 404, methods 405',
    'error-plain': 'Bodies and queries that cannot be read: plain text with 415, 400 or 422',
  },
  Calls: {
    'call-400': '400 `Failed to read request body: …` for a body over the cap',
    'call-422':
      '422 `Invalid request: …` for JSON or a shape that is wrong, whatever the content type',
    'call-404': '404 `Unknown tool: …` with the name as sent',
    'call-403': '403 `Access denied: … is not in your scopes`',
    'call-429': '429 `Rate limit exceeded for …`',
    'call-502': '502 `Upstream API error: …` and `MCP error: …`',
    'call-no-records': 'A 404 that says that no records were found is an empty list',
    'call-mcp-values':
      'One text of an MCP tool is its JSON or itself, one picture itself, several a list',
    'call-alias': '`provider_tool` means `provider:tool`, the first that is one from left to right',
    'call-arguments':
      'Keys without regard to case, `-` and `_`; `--k=v`, options of the client and a lone word from `raw_args`',
    'call-origin': '`job_id` and `sandbox_id` of the token are in the record of the call',
  },
  'Tokens and scopes': {
    'token-hs256': 'HS256 with a secret in hexadecimal',
    'token-es256': 'ES256 with a public key from a PEM file',
    'token-alg': 'The algorithm of the key, no other, and none at all is refused',
    'token-audience':
      'Audiences by list, else by the one variable, else `ati-proxy`; a list in the token is refused',
    'token-issuer': 'The issuer only where one is configured',
    'token-claims': '`sub`, `iat`, `exp` and `scope` are required and of their types',
    'token-leeway': '60 s of leeway, and everything works within them',
    'token-open': 'Without a key every caller is trusted, and a token is not looked at',
    'token-tenant': 'The tenant and the agent are claims, else configured; no other tenant shows',
    'scope-patterns': '`*`, exact names and a trailing `*`; the older spelling with `_`',
    'scope-skills': '`skill:name`, with a trailing `*`, and skills that tools lead to',
    'scope-help': '`help` is not needed',
  },
  'X-Ati-Upstream-Url': {
    'upstream-absent': 'Not sent, or blank: the URL of the server',
    'upstream-undeclared': '400 for a provider that takes none',
    'upstream-no-list': '403 for one without a list',
    'upstream-no-url': '400 for what is no URL',
    'upstream-unlisted': '403 for one that is not in the list',
    'upstream-listed': 'One in the list is called for this request, after the scope was checked',
  },
  'JSON-RPC under /mcp': {
    'rpc-initialize': '`initialize` answers 2025-03-26 and who this is',
    'rpc-initialized': '`notifications/initialized` is 202',
    'rpc-list': '`tools/list` answers names, descriptions and schemas',
    'rpc-call': '`tools/call` answers content, failures of the upstream with `isError`',
    'rpc-errors': 'No name and unknown: -32602; scope: -32001; unknown method: -32601',
    'rpc-header': 'The upstream header: -32602 and -32001',
    'rpc-null-params': '`params: null` counts as none, and the id comes back with its type',
    'rpc-superset': '`ping`, batches, and 202 for whatever has no id',
  },
  Skills: {
    'skill-depends': 'What a visible skill depends on is visible',
    'skill-resolve-star': '`["*"]` resolves to nothing',
    'skill-batch': 'More than 50 names are 400; what is not visible is missing',
    'skill-paths': 'Paths that lead out of a skill are 400',
  },
  Files: {
    'file-download': '`file_manager:download` answers bytes in base64, within its limits',
    'file-download-refused':
      'Private hosts and hosts that are not listed are 403, wrong arguments 400, too much 413',
    'file-upload': '`file_manager:upload` puts a file at a destination of the operator',
    'file-upload-refused': '503 without destinations, 403 for an unknown one, 413 for too much',
    'file-outputs': 'With `--out` the answer of any tool is a file at the path of the caller',
  },
  'Better than the reference': {
    'better-rates':
      'Rate limits are of one subject, with `Retry-After`, and a wrong one refuses the token',
    'better-mcp-limits': 'Rate limits and records hold under `/mcp` too, and refusals are recorded',
    'better-no-internals': 'Nothing can be called that is not listed',
    'better-bad-key': 'A key that verifies nothing stops the start',
    'better-closed': 'Where the service asks for tokens, the proxy without a key serves nobody',
    'better-allowlist':
      'The list of URLs looks at ports, and internal addresses are refused all the same',
    'better-egress': 'Internal addresses are refused for tools, MCP servers and files',
    'better-siblings': 'A file of another skill needs that skill to be visible',
    'better-is-error': 'An answer of an MCP tool that is an error is one',
    'better-search': 'Search is ranked, with `limit` and `cursor`, and stays a list',
    'better-arguments': 'Arguments are checked by the schema, with a sentence in a 4xx',
    'better-live': 'What changes in the catalog holds for the next request',
    'better-bodies': '401, 404 and 405 have JSON bodies',
    'better-forgery': 'An upstream cannot write files on the disk of an agent',
    'better-csrf': 'Without tokens, pages of browsers may not call',
    'better-credentials': 'Credentials of a server do not go to another origin',
    'better-help': 'Help never names a tool that the caller may not call',
  },
  'Conformance with the ati client': {
    'client-tools':
      '`ati tool list`, `search` and `info`, with a base path; an unknown tool is 404',
    'client-run':
      '`ati run` with options, flags, JSON, words and the older name; failures are readable',
    'client-tokens':
      'HS256 and ES256 tokens of `ati token issue`; wrong audience, expired and missing are 401; no key is open',
    'client-rotation':
      'A token file is read anew for each call; two tokens with different audiences',
    'client-skills': '`ati skill list|search|show|info|read|resolve` and `ati skill fetch …`',
    'client-assist': '`ati assist` with and without an LLM',
    'client-files': '`file_manager` downloads and uploads; `--out` writes a file, an upstream none',
    'client-bytes': 'The client of these tests sends what `ati` 0.7.15 sends, byte for byte',
    'scope-true':
      'Lists, single tools, help, search, counts, `/mcp` and calls agree for any scopes and assignments',
  },
};

export const requirements: Requirement[] = Object.entries(groups).flatMap(([group, all]) =>
  Object.entries(all).map(([id, what]) => ({ id, group: group as Group, what })),
);

/** The title of a test that verifies a requirement. */
export function must(id: string, detail = ''): string {
  const found = requirements.find((one) => one.id === id);
  if (!found) throw new Error(`There is no requirement "${id}".`);
  return `${id}: ${found.what}${detail && `: ${detail}`}`;
}
