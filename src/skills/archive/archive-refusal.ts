import { AppError } from '../../errors.js';

/** What is wrong with an archive. Texts that come out of it are shown by `showName`. */
export function archiveRefusal(message: string, code = 'archive_invalid'): AppError {
  return new AppError('INVALID_INPUT', message, {
    issues: [{ path: ['archive'], message, code }],
  });
}

/** A name out of an archive as it is shown in a sentence: one line, quoted, at most 100 characters. */
export function showName(name: string): string {
  const shown = name.length > 100 ? `${name.slice(0, 97)}…` : name;
  return JSON.stringify(shown.replace(/\p{Cf}/gu, '�'));
}
