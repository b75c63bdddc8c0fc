/** RFC 5424, section 6.2.1, the least severe first, as `logging/setLevel` names them. */
export const logLevels = [
  ...['debug', 'info', 'notice', 'warning'],
  ...['error', 'critical', 'alert', 'emergency'],
];

/** Whether a message of a level is to be sent to who asked for `wanted`; a level that is not known is. */
export function isLogged(level: string, wanted: string | null): boolean {
  if (wanted === null) return true;
  const at = logLevels.indexOf(level);
  return at < 0 || at >= logLevels.indexOf(wanted);
}
