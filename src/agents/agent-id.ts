import { z } from 'zod';

/** Agents are named by their callers: 1 to 200 characters without control characters. */
export const AgentIdInput = z
  .string()
  .min(1, 'expected an agent id')
  .max(200, 'expected at most 200 characters')
  .regex(/^[^\p{Cc}]*$/u, 'expected no control characters');
