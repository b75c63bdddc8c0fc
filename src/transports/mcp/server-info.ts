/** The name and version that MCP clients are told. */
export const serverInfo = { name: 'toolgraph', title: 'Toolgraph', version: '0.1.0' };

export const capabilities = { tools: { listChanged: true }, logging: {} };

/** Revisions of the protocol that begin with `initialize`, the newest first. */
export const sessionVersions = ['2025-11-25', '2025-06-18', '2025-03-26'];

/** Revisions in which each request says all that is needed to answer it. */
export const statelessVersions = ['2026-07-28'];

/** What a request without the header `MCP-Protocol-Version` speaks (2025-11-25, "Protocol Version Header"). */
export const assumedVersion = '2025-03-26';

/** Whether a client of this revision takes events without data, which give it an id to resume from. */
export function takesEmptyEvents(version: string): boolean {
  return version >= '2025-11-25';
}
