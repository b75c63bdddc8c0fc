import { z } from 'zod';
import { callVisibleTool } from '../../proxy/call-visible-tool.js';
import { AtiRefusal } from './ati-errors.js';
import type { AtiRoute } from './ati-route.js';
import { explain, parseJson } from './read-body.js';
import { upstreamUrlOf } from './upstream-url-header.js';

const CallRequest = z.object({
  tool_name: z.string(),
  args: z.unknown().optional(),
  raw_args: z.array(z.string()).nullish(),
});

/** `POST /call`: whatever the content type says, the body is JSON. */
export const callRoute: AtiRoute = {
  method: 'POST',
  path: '/call',
  shape: 'call',
  handle: async (request, ctx) => {
    const parsed = parseJson(request.body);
    if ('problem' in parsed) throw invalid(parsed.problem);
    const shaped = CallRequest.safeParse(parsed.value);
    if (!shaped.success) throw invalid(explain(shaped.error));
    const { tool_name: name, args = {}, raw_args: rawArgs = null } = shaped.data;
    const { status, result, error } = await callVisibleTool(ctx, {
      ...{ name, args, rawArgs, isExact: false },
      upstreamUrl: upstreamUrlOf(request),
    });
    return { status, body: error === null ? { result: result ?? null } : { result, error } };
  },
};

function invalid(problem: string): AtiRefusal {
  return new AtiRefusal(422, `Invalid request: ${problem}`);
}
