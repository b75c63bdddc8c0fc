import { z } from 'zod';
import { answerHelp } from '../../proxy/answer-help.js';
import type { AtiRoute } from './ati-route.js';
import { readShaped } from './read-body.js';

const HelpRequest = z.object({ query: z.string(), tool: z.string().nullish() });

export const helpRoute: AtiRoute = {
  method: 'POST',
  path: '/help',
  shape: 'help',
  handle: async (request, ctx) => {
    const content = await answerHelp(ctx, readShaped(request, HelpRequest));
    return { body: { content } };
  },
};
