import type { CallableMcpTool, RequestPreview } from '../call-types.js';
import { previewRequest } from '../preview-request.js';

/** What a person may see of a `tools/call`: the message as it goes to the server's URL, without what a session adds. */
export function previewToolCall(
  {
    serverUrl,
    givenUrl,
    serverToolName,
  }: Pick<CallableMcpTool, 'serverUrl' | 'givenUrl' | 'serverToolName'>,
  args: Record<string, unknown>,
  secrets: readonly string[],
): RequestPreview {
  const message = {
    ...{ jsonrpc: '2.0', id: 1, method: 'tools/call' },
    params: { name: serverToolName, arguments: args },
  };
  const headers = {
    accept: 'application/json, text/event-stream',
    'content-type': 'application/json',
  };
  const body = Buffer.from(JSON.stringify(message));
  return previewRequest({ method: 'POST', url: givenUrl ?? serverUrl, headers, body }, secrets);
}
