import { AppError } from '../errors.js';

/** What is wrong with a skill that could be unpacked. */
export function skillRefusal(message: string, code = 'skill_invalid'): AppError {
  return new AppError('INVALID_INPUT', message, {
    issues: [{ path: ['archive'], message, code }],
  });
}
