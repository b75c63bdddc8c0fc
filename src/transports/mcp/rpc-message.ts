export type RequestId = string | number;

/** A JSON-RPC 2.0 request or notification (the latter has no id) that came in. */
export type RpcMessage = { method: string; id: RequestId | null; params: Record<string, unknown> };

/** Codes of JSON-RPC 2.0, section 5.1, and those that MCP servers use of the range that is theirs. */
export const rpcCodes = {
  parseError: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
  refused: -32000,
  sessionNotFound: -32001,
} as const;

export type RpcErrorOptions = {
  /** Of the HTTP answer. A request that was read and refused by its method is answered with 200. */
  status?: number;
  headers?: Record<string, string>;
  data?: unknown;
  cause?: unknown;
};

/** An expected failure that is answered with a JSON-RPC error. The message is for a person and carries no secrets. */
export class RpcError extends Error {
  override readonly name = 'RpcError';
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly data: unknown;

  constructor(
    readonly code: number,
    message: string,
    { status = 200, headers = {}, data, cause }: RpcErrorOptions = {},
  ) {
    super(message, { cause });
    this.status = status;
    this.headers = headers;
    this.data = data;
  }
}

export function resultText(id: RequestId, result: unknown): string {
  return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${JSON.stringify(result)}}`;
}

export function errorText(
  id: RequestId | null,
  { code, message, data }: Pick<RpcError, 'code' | 'message' | 'data'>,
): string {
  return JSON.stringify({ jsonrpc: '2.0', id, error: { code, message, data } });
}

export function notificationText(method: string, params?: Record<string, unknown>): string {
  return JSON.stringify({ jsonrpc: '2.0', method, params });
}
