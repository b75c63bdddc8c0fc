export type SourceScan = {
  /** Deepest nesting of `{`, `[` and `(`. */
  nesting: number;
  comments: number;
  /** Brackets and strings; other tokens are not looked at. */
  tokens: number;
};

export type ScanBounds = { maxNesting: number; maxComments: number; maxTokens: number };

/**
 * What a parser would stumble over: it calls itself for each nested bracket, and keeps every comment in memory without
 * counting it as a token. Linear in the length of the text, and over as soon as one bound is passed; also for text that
 * is no GraphQL.
 */
export function scanSource(source: string, bounds: ScanBounds): SourceScan {
  const scan: SourceScan = { nesting: 0, comments: 0, tokens: 0 };
  const mark = /[#"{}[\]()]/g;
  let depth = 0;
  for (let found = mark.exec(source); found; found = mark.exec(source)) {
    const [character] = found;
    if (character === '#') {
      scan.comments += 1;
      mark.lastIndex = endOfLine(source, mark.lastIndex);
    } else {
      scan.tokens += 1;
      if (character === '"') mark.lastIndex = endOfString(source, found.index);
      else if (character === '{' || character === '[' || character === '(') depth += 1;
      else depth -= 1;
      scan.nesting = Math.max(scan.nesting, depth);
    }
    if (isPassed(scan, bounds)) break;
  }
  return scan;
}

function isPassed(scan: SourceScan, { maxNesting, maxComments, maxTokens }: ScanBounds): boolean {
  return scan.nesting > maxNesting || scan.comments > maxComments || scan.tokens > maxTokens;
}

function endOfLine(source: string, from: number): number {
  const end = /[\n\r]/g;
  end.lastIndex = from;
  return end.exec(source)?.index ?? source.length;
}

/** Behind the string that starts at `start` (GraphQL, 2.9.4 "String Value"), or behind what there is of it. */
function endOfString(source: string, start: number): number {
  const isBlock = source.startsWith('"""', start);
  const mark = isBlock ? /\\"""|"""/g : /\\.|["\n\r]/g;
  mark.lastIndex = start + (isBlock ? 3 : 1);
  for (let found = mark.exec(source); found; found = mark.exec(source)) {
    if (!found[0].startsWith('\\')) return mark.lastIndex;
  }
  return source.length;
}
