import type { JsonSchema } from '../../openapi/types.js';

/** An object that takes nothing but `properties`. */
export function closedObject(
  properties: Record<string, JsonSchema>,
  required: string[],
): JsonSchema {
  return { type: 'object', properties, required, additionalProperties: false };
}

/** A BCP 47 language tag, e.g. `en`, `pt-BR`, `zh-Hant-TW`. */
export function languageTag(description: string): JsonSchema {
  return {
    type: 'string',
    description: `${description} A BCP 47 language tag such as "en", "pt-BR" or "zh-Hant-TW".`,
    pattern: '^[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?$',
  };
}

/** One or more lines for people. */
export function prose(description: string, maxLength: number): JsonSchema {
  return { type: 'string', description, minLength: 1, maxLength };
}
