type Schema = Record<string, unknown>;

/** A text that fits a string schema; different for every `serial` where the schema leaves room. Null where it fails to. */
export function generateText(schema: Schema, serial: number, isPlain = false): string | null {
  const { minLength, maxLength, pattern, format } = schema;
  const least = typeof minLength === 'number' ? minLength : 0;
  const most = typeof maxLength === 'number' ? maxLength : Number.POSITIVE_INFINITY;
  if (schema.contentEncoding === 'base64' || format === 'byte') {
    return Buffer.from(`file content ${serial}`).toString('base64').padEnd(least, 'A');
  }
  if (typeof pattern === 'string') return fromPattern(pattern, serial, least, most);
  const text = byFormat(String(format), serial, isPlain);
  if (text.length >= least && text.length <= most) return text;
  const short = `${serial}`.length <= most ? `${serial}` : `${serial}`.slice(-most);
  return text.length > most ? short.padEnd(least, 'x') : text.padEnd(least, 'x');
}

function byFormat(format: string, serial: number, isPlain: boolean): string {
  const day = String((serial % 28) + 1).padStart(2, '0');
  const hex = serial.toString(16).padStart(12, '0');
  switch (format) {
    case 'date':
      return `2026-01-${day}`;
    case 'date-time':
      return `2026-01-${day}T10:00:00Z`;
    case 'uuid':
      return `00000000-0000-4000-8000-${hex}`;
    case 'ipv4':
      return `192.0.2.${serial % 250}`;
    case 'ipv6':
      return `2001:db8::${(serial % 65_536).toString(16)}`;
    case 'email':
      return `v${serial}@example.test`;
    case 'uri':
    case 'url':
      return `https://example.test/v${serial}?a=b&c=d#e`;
    default:
      return isPlain ? `v${serial}` : `v${serial} ä/&=+?%25`;
  }
}

function fromPattern(pattern: string, serial: number, least: number, most: number): string | null {
  const expression = tryRegExp(pattern);
  if (!expression) return null;
  const fits = (text: string) =>
    expression.test(text) && text.length >= least && text.length <= most;
  const plain = ['v1', `v${serial}`, `${serial}`, 'a', 'A1', '/a', 'a/b', 'en', 'en-US'];
  const padded = plain.map((text) => text.padEnd(least, 'a').slice(0, most));
  for (const repeats of [0, 1, 2, least, Math.min(most, 12), 20, 32]) {
    const text = new PatternReader(pattern, serial, repeats).read();
    if (text !== null && fits(text)) return text;
  }
  return [...plain, ...padded].find(fits) ?? null;
}

function tryRegExp(pattern: string): RegExp | null {
  for (const flags of ['u', '']) {
    try {
      return new RegExp(pattern, flags);
    } catch {
      // Some documents' patterns are valid only without the flag.
    }
  }
  return null;
}

/** Writes a text for the common forms of expressions: literals, classes, groups, alternatives, counts. */
class PatternReader {
  #at = 0;
  #digits = 0;
  readonly #pattern: string;
  readonly #serial: number;
  readonly #repeats: number;

  constructor(pattern: string, serial: number, repeats: number) {
    this.#pattern = pattern;
    this.#serial = serial;
    this.#repeats = repeats;
  }

  read(): string | null {
    const text = this.#alternatives();
    return this.#at >= this.#pattern.length ? text : null;
  }

  #alternatives(): string {
    const options: string[] = [];
    for (;;) {
      options.push(this.#sequence());
      if (this.#pattern[this.#at] !== '|') return options[this.#serial % options.length] ?? '';
      this.#at += 1;
    }
  }

  #sequence(): string {
    let text = '';
    while (this.#at < this.#pattern.length && !'|)'.includes(this.#pattern[this.#at] ?? '')) {
      const start = this.#at;
      const atom = this.#atom();
      const end = this.#at;
      const [least, most] = this.#count();
      const times = Math.max(least, Math.min(most, this.#repeats));
      text += atom;
      for (let round = 1; round < times; round += 1) {
        const after = this.#at;
        this.#at = start;
        text += this.#atom();
        this.#at = after;
      }
      if (times === 0) text = text.slice(0, text.length - atom.length);
      if (this.#at < end) this.#at = end;
    }
    return text;
  }

  #atom(): string {
    const character = this.#pattern[this.#at] ?? '';
    this.#at += 1;
    if (character === '^' || character === '$') return '';
    if (character === '.') return 'a';
    if (character === '\\') return this.#escaped();
    if (character === '[') return this.#class();
    if (character !== '(') return character;
    const marker = /^\?(:|=|!|<[=!]|<\w+>)/.exec(this.#pattern.slice(this.#at, this.#at + 32));
    if (marker) this.#at += marker[0].length;
    const text = this.#alternatives();
    this.#at += 1;
    return marker && /[=!]/.test(marker[1] ?? '') ? '' : text;
  }

  #escaped(): string {
    const character = this.#pattern[this.#at] ?? '';
    this.#at += 1;
    const known: Record<string, string> = {
      d: '1',
      w: 'a',
      s: ' ',
      S: 'a',
      D: 'a',
      W: '-',
      b: '',
      n: '\n',
      t: '\t',
      r: '\r',
    };
    if (character === 'p' && this.#pattern[this.#at] === '{') {
      this.#at = this.#pattern.indexOf('}', this.#at) + 1;
      return 'a';
    }
    return known[character] ?? character;
  }

  #class(): string {
    const end = this.#endOfClass();
    const members = this.#pattern.slice(this.#at, end);
    this.#at = end + 1;
    const expression = tryRegExp(`^[${members}]$`);
    const digits = String(this.#serial);
    const digit = digits[this.#digits % digits.length] ?? '0';
    this.#digits += 1;
    const candidates = [digit, String((this.#serial % 9) + 1), ...'a1Aazf0Z_-./:@ '];
    for (let code = 33; code < 127; code += 1) candidates.push(String.fromCharCode(code));
    return candidates.find((text) => expression?.test(text)) ?? '';
  }

  #endOfClass(): number {
    for (let at = this.#at; at < this.#pattern.length; at += 1) {
      if (this.#pattern[at] === '\\') at += 1;
      else if (this.#pattern[at] === ']' && at > this.#at) return at;
    }
    return this.#pattern.length;
  }

  #count(): [least: number, most: number] {
    const rest = this.#pattern.slice(this.#at, this.#at + 24);
    const found = /^(?:([*+?])|\{(\d+)(,?)(\d*)\})\??/.exec(rest);
    if (!found) return [1, 1];
    this.#at += found[0].length;
    const [, sign, from, comma, to] = found;
    if (sign === '?') return [0, 1];
    if (sign) return [sign === '+' ? 1 : 0, Number.POSITIVE_INFINITY];
    const least = Number(from);
    return [least, to ? Number(to) : comma ? Number.POSITIVE_INFINITY : least];
  }
}
