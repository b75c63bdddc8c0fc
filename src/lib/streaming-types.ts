/** Media types whose answers come piece by piece and may never end. */
const streamingTypes = new Set([
  'text/event-stream',
  'application/x-ndjson',
  'application/ndjson',
  'application/jsonl',
  'application/x-jsonlines',
  'application/jsonlines',
  'application/json-seq',
  'application/stream+json',
  'multipart/x-mixed-replace',
]);

/** Whether a Content-Type says that the answer is a stream of events or lines. */
export function isStreamingType(contentType: string): boolean {
  const [mediaType = ''] = contentType.split(';');
  return streamingTypes.has(mediaType.trim().toLowerCase());
}
