import { createHash } from 'node:crypto';

/** One operation of the catalog, as far as its questions need it. */
export type Described = {
  /** Document and tool. */
  key: string;
  /** Of its API. */
  api: string;
  summary: string | null;
  description: string | null;
};

export type Question = { text: string; answers: string[] };

/**
 * How people say what documents say: of each line one is taken. The list is its own, it knows nothing of the words that
 * the search takes for each other.
 */
const otherWords: [RegExp, string[]][] = [
  [/\b(?:list|lists)\b/i, ['show me', 'give me all', 'what are', 'overview of']],
  [
    /\b(?:get|gets|retrieve|retrieves|returns?|fetch|fetches|read)\b/i,
    ['look up', 'show', 'get', 'find'],
  ],
  [/\b(?:create|creates)\b/i, ['make', 'add', 'set up', 'create']],
  [/\b(?:delete|deletes|remove|removes)\b/i, ['get rid of', 'delete', 'remove', 'drop']],
  [/\b(?:update|updates|modify|modifies|replace)\b/i, ['change', 'edit', 'update', 'modify']],
  [/\b(?:the )?(?:authenticated|current) user(?:'s)?\b/i, ['me', 'myself', 'my account']],
  [/\brepositor(?:y|ies)\b/i, ['repo', 'repos', 'repository']],
  [/\borganizations?\b/i, ['org', 'organisation', 'organization']],
  [/\binformation\b/i, ['details', 'info']],
  [/\b(?:specified|given|existing|previously created|available|particular)\b/i, ['']],
  [/\bpermissions?\b/i, ['access rights', 'permissions']],
  [/\bconfigurations?\b/i, ['settings', 'config']],
];

const fillers = new Set(
  'a an the of for with by to in on from and or that this is are be its it your you one specific single object objects new'.split(
    ' ',
  ),
);

const frames = ['%', 'how do I %', 'I want to %', '%', 'tool to %', 'please %', 'can I %?', '%'];

/**
 * Questions about operations, made by rules from what their documents say: the first sentence, other words for common
 * ones, most fillers dropped, the nouns of "x of y" turned round, now and then two letters swapped or the name of the
 * API added. Which rules apply is drawn from a hash of the operation, so that every run asks the same. Operations that
 * say the same are answers to the same question.
 */
export function paraphrase(operations: readonly Described[], perApi: number): Question[] {
  const said = Map.groupBy(operations, (operation) => sentenceOf(operation).toLowerCase());
  const byApi = Map.groupBy(operations, ({ api }) => api);
  return [...byApi.values()].flatMap((ofApi) =>
    ofApi
      .filter((operation) => isTelling(sentenceOf(operation)))
      .toSorted((a, b) => draw(a.key, 'order', 1e9) - draw(b.key, 'order', 1e9))
      .slice(0, perApi)
      .map((operation) => {
        const same = said.get(sentenceOf(operation).toLowerCase()) ?? [];
        const isNamed = draw(operation.key, 'api', 3) === 0;
        const answers = isNamed ? same.filter(({ api }) => api === operation.api) : same;
        return { text: ask(operation, isNamed), answers: answers.map(({ key }) => key) };
      }),
  );
}

function ask(operation: Described, isNamed: boolean): string {
  const { key, api } = operation;
  let text = sentenceOf(operation);
  for (const [index, [pattern, others]] of otherWords.entries()) {
    text = text.replace(pattern, others[draw(key, `word${index}`, others.length)] ?? '');
  }
  if (draw(key, 'turn', 3) === 0) {
    text = text.replace(/\b(\w+) (?:of|for|in) (?:an? |the )?(\w+)\b/i, '$2 $1');
  }
  const words = text
    .split(/\s+/)
    .filter((word, index) => !fillers.has(word.toLowerCase()) || draw(key, `drop${index}`, 4) === 0)
    .slice(0, 12);
  const bare = (draw(key, 'typo', 5) === 0 ? withTypo(words, key) : words).join(' ').toLowerCase();
  const frame = frames[draw(key, 'frame', frames.length)] ?? '%';
  const question = frame.replace('%', () => bare);
  return isNamed
    ? `${question} in ${api.split(/\s+/).slice(0, 2).join(' ').toLowerCase()}`
    : question;
}

/** Two letters inside the longest word change places. */
function withTypo(words: string[], key: string): string[] {
  const longest = words.reduce((a, b) => (b.length > a.length ? b : a), '');
  if (longest.length < 6) return words;
  const at = 1 + draw(key, 'place', longest.length - 3);
  const typed = `${longest.slice(0, at)}${longest[at + 1]}${longest[at]}${longest.slice(at + 2)}`;
  return words.map((word) => (word === longest ? typed : word));
}

function sentenceOf({ summary, description }: Described): string {
  const text = (summary || description || '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/[`*_]/g, '')
    .replace(/\s+/g, ' ')
    .trim();
  return (/^.*?[^.]{3}(?=\.(?:\s|$))/.exec(text)?.[0] ?? text)
    .replace(/[^\p{L}\p{N}'\- ]+/gu, ' ')
    .trim();
}

function isTelling(sentence: string): boolean {
  return sentence.split(/\s+/).filter((word) => !fillers.has(word.toLowerCase())).length >= 3;
}

/** A number below `count` that depends on the operation and the purpose alone. */
function draw(key: string, purpose: string, count: number): number {
  return createHash('sha256').update(`${purpose}\n${key}`).digest().readUInt32BE() % count;
}
