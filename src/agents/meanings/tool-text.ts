import { createHash } from 'node:crypto';
import type { SearchableTool } from '../../catalog/search/write-search-documents.js';

// Small models read about 500 tokens and refuse or forget what is beyond.
const maxChars = 2000;

/** What is embedded of a tool: what it is called and what it says of itself, the most telling first. */
export function toToolText(tool: SearchableTool): string {
  const { name, title, description, sourceName, tags, parameters } = tool;
  const lines = [
    sourceName ? `${sourceName}: ${name}` : name,
    title,
    description === title ? null : description?.slice(0, maxChars),
    tags.length > 0 ? `Tags: ${tags.join(', ')}` : null,
    parameters.length > 0 ? `Parameters: ${parameters.join(', ')}` : null,
  ];
  const text = lines.filter((line) => line?.trim()).join('\n');
  return text.slice(0, maxChars).toWellFormed();
}

/** SHA-256 in hexadecimal. */
export function digestText(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
