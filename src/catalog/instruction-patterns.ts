/** A way in which a text speaks to the model instead of describing the tool. `says` completes "its text …". */
export type InstructionPattern = { pattern: RegExp; says: string };

/**
 * What descriptions of tools are made of when they try to steer a model: known forms of "tool poisoning" and prompt
 * injection. Each is tested on texts that it must find and on ordinary ones that it must leave alone. Texts are
 * normalized first (`normalizeText`). No pattern can back-track over more than a sentence.
 */
export const instructionPatterns: readonly InstructionPattern[] = [
  {
    pattern:
      /\b(?:ignore|disregard|forget|override|bypass)\b[^.]{0,30}\b(?:previous|prior|above|earlier|preceding|your|system|all|any|other)\b[^.]{0,30}\b(?:instructions?|prompts?|guidelines|directives)\b/i,
    says: 'tells the model to leave its instructions',
  },
  {
    pattern:
      /\b(?:ignore|disregard|forget|override|bypass)\b[^.]{0,20}\b(?:previous|prior|your|system|earlier)\b[^.]{0,15}\brules?\b/i,
    says: 'tells the model to leave its rules',
  },
  {
    pattern:
      /\b(?:do not|don[’']t|never|without|avoid|must not|should not)\s+(?:tell|telling|inform|informing|mention|mentioning|alert|alerting|notify|notifying)\b[^.]{0,30}\b(?:the )?(?:user|human|operator)s?\b/i,
    says: 'tells the model to hide something from people',
  },
  {
    pattern: /\b(?:don[’']t|do not|never) (?:mention|reveal|disclose) (?:this|that|it)\b/i,
    says: 'tells the model to hide something',
  },
  {
    pattern: /<\s*\/?\s*(?:important|system|instructions?|secret|hidden|assistant|admin)\s*>/i,
    says: 'has a tag that marks instructions',
  },
  {
    pattern: /<\|(?:im_start|im_end|system|user|assistant|endoftext)\|>|\[\/?INST\]|<<SYS>>/i,
    says: 'has marks of a chat template',
  },
  {
    pattern:
      /\b(?:before|after|when(?:ever)?|instead of)\b[^.]{0,20}\b(?:using|calling|invoking|running|use|call|invoke)\b[^.]{0,10}\b(?:any|every|all|other)\b[^.]{0,10}\btools?\b/i,
    says: 'wants a say in the use of other tools',
  },
  {
    pattern:
      /(?:~|\/home\/\w+|\/root|%userprofile%)[\\/]\.(?:ssh|aws|gnupg|kube|config|cursor|claude|netrc|npmrc)|\bid_(?:rsa|ed25519)\b|\/etc\/(?:passwd|shadow)\b|\b(?:mcp|claude_desktop_config)\.json\b/i,
    says: 'names files in which secrets are kept',
  },
  {
    pattern:
      /\b(?:send|include|pass|append|attach|forward|copy|provide|put)\b[^.]{0,40}\b(?:full|entire|complete|whole|all)\b[^.]{0,20}\b(?:conversation|chat|message) (?:history|log|so far)\b/i,
    says: 'asks for the conversation',
  },
  {
    pattern:
      /\b(?:send|include|pass|append|attach|forward|reveal|print|repeat|provide)\b[^.]{0,20}\byour (?:system prompt|instructions|api keys?|credentials|secrets|access token)\b/i,
    says: 'asks for what the model was told or given',
  },
  {
    pattern:
      /\byou are now (?:an? |the )?(?:\w+ ){0,2}(?:assistant|agent|administrator|admin|model|ai|root|mode)\b|\bnew (?:system )?instructions\s*:/i,
    says: 'gives the model another role',
  },
  {
    pattern: /[\u200b\u2060\u202a-\u202e\u2066-\u2069]|[\u{e0000}-\u{e007f}]/u,
    says: 'has characters that nobody sees',
  },
];

/** Compatibility forms and line breaks say the same: a text cannot hide behind them. */
export function normalizeText(text: string): string {
  return (
    text
      .normalize('NFKC')
      // Flags of regions are a flag and tag characters (Unicode Technical Standard 51).
      .replace(/\u{1f3f4}[\u{e0020}-\u{e007f}]{1,10}/gu, '')
      .replace(/\s+/g, ' ')
  );
}

/** What a text says to a model that a description would not say: the `says` of each pattern that it fits. */
export function findInstructions(text: string): string[] {
  const normalized = normalizeText(text);
  return instructionPatterns
    .filter(({ pattern }) => pattern.test(normalized))
    .map(({ says }) => says);
}
