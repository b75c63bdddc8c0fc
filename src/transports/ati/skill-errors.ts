import { AppError } from '../../errors.js';
import { AtiRefusal } from './ati-errors.js';

/** Runs what reads a skill; what is not there is told in the protocol's words. */
export async function inSkillWords<Result>(
  name: string,
  read: () => Promise<Result>,
): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw translate(name, error);
  }
}

function translate(asked: string, error: AppError): Error {
  const { reason, name = asked, path } = error.details;
  if (error.code === 'NOT_FOUND') {
    return reason === 'PATH'
      ? new AtiRefusal(404, `Path '${path}' not found in skill '${name}'`)
      : new AtiRefusal(404, `Skill '${name}' not found`);
  }
  // A name that none can have is as unknown as others.
  if (error.code === 'INVALID_INPUT' && reason === undefined) {
    return new AtiRefusal(404, `Skill '${asked.slice(0, 200)}' not found`);
  }
  return error;
}
