import { setTimeout as sleep } from 'node:timers/promises';
import type { CallToolResult, ServerContext } from '@modelcontextprotocol/server';
import { startMcpServer, type TestMcpServer } from '../support/mcp-server.js';

const png =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==';
const wav = 'UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAAAAA==';

type Tool = {
  description: string;
  inputSchema?: Record<string, unknown>;
  call(context: ServerContext): CallToolResult | Promise<CallToolResult>;
};

const text = (words: string) => ({ type: 'text' as const, text: words });
const image = { type: 'image' as const, data: png, mimeType: 'image/png' };
const resource = (uri: string, mimeType: string, words: string) => ({
  type: 'resource' as const,
  resource: { uri, mimeType, text: words },
});

async function log({ mcpReq }: ServerContext): Promise<CallToolResult> {
  for (const data of [
    'Tool execution started',
    'Tool processing data',
    'Tool execution completed',
  ]) {
    await mcpReq.notify({ method: 'notifications/message', params: { level: 'info', data } });
    await sleep(50);
  }
  return { content: [text('Logged three times.')] };
}

async function report({ mcpReq }: ServerContext): Promise<CallToolResult> {
  const progressToken = mcpReq._meta?.progressToken;
  for (const progress of [0, 50, 100]) {
    if (progressToken !== undefined) {
      const params = { progressToken, progress, total: 100 };
      await mcpReq.notify({ method: 'notifications/progress', params });
    }
    await sleep(50);
  }
  return { content: [text('Reported three times.')] };
}

/** The tools that the conformance suite calls, as its scenarios describe them; those that need the caller's help are not among them. */
const tools: Record<string, Tool> = {
  test_simple_text: {
    description: 'Answers with text.',
    call: () => ({ content: [text('This is a simple text response for testing.')] }),
  },
  test_image_content: { description: 'Answers with an image.', call: () => ({ content: [image] }) },
  test_audio_content: {
    description: 'Answers with a sound.',
    call: () => ({ content: [{ type: 'audio', data: wav, mimeType: 'audio/wav' }] }),
  },
  test_embedded_resource: {
    description: 'Answers with a resource.',
    call: () => {
      const words = 'This is an embedded resource content.';
      return { content: [resource('test://embedded-resource', 'text/plain', words)] };
    },
  },
  test_multiple_content_types: {
    description: 'Answers with several kinds of content.',
    call: () => {
      const words = '{"test":"data","value":123}';
      const mixed = resource('test://mixed-content-resource', 'application/json', words);
      return { content: [text('Multiple content types test:'), image, mixed] };
    },
  },
  test_tool_with_logging: { description: 'Logs while it runs.', call: log },
  test_tool_with_progress: { description: 'Tells how far it is.', call: report },
  test_error_handling: {
    description: 'Fails.',
    call: () => ({
      content: [text('This tool intentionally returns an error for testing')],
      isError: true,
    }),
  },
  test_reconnection: {
    description: 'Takes a while.',
    call: async () => {
      await sleep(300);
      return { content: [text('Reconnection test completed successfully.')] };
    },
  },
  json_schema_2020_12_tool: {
    description: 'Tool with JSON Schema 2020-12 features',
    inputSchema: {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      $defs: {
        address: {
          type: 'object',
          properties: { street: { type: 'string' }, city: { type: 'string' } },
        },
      },
      properties: { name: { type: 'string' }, address: { $ref: '#/$defs/address' } },
      additionalProperties: false,
    },
    call: () => ({ content: [text('Called.')] }),
  },
};

export const fixtureToolNames = Object.keys(tools);

/** An MCP server with the tools that the conformance suite calls. */
export function startFixtureServer(): Promise<TestMcpServer> {
  return startMcpServer({
    list: () => ({
      tools: Object.entries(tools).map(([name, { description, inputSchema }]) => ({
        name,
        description,
        inputSchema: inputSchema ?? { type: 'object', properties: {} },
      })),
    }),
    call: ({ name }, context) => tools[name]?.call(context),
  });
}
