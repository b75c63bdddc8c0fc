import { skipLiteral, skipSpace } from './json-scan.js';

export type JsonError = {
  offset: number;
  /** What stands there and what was expected, without the place. */
  message: string;
};

const literal = /^(?:-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null)$/;

/** The first syntax error of a text that is meant to be JSON (RFC 8259); null when there is none. */
export function findJsonError(text: string): JsonError | null {
  try {
    new JsonChecker(text).check();
    return null;
  } catch (error) {
    if (error instanceof Mismatch) return { offset: error.offset, message: error.message };
    throw error;
  }
}

class Mismatch extends Error {
  constructor(
    readonly offset: number,
    message: string,
  ) {
    super(message);
  }
}

class JsonChecker {
  private at = 0;
  /** Open containers, outermost first; a stack of its own so that nesting cannot exhaust the call stack. */
  private readonly closers: ('}' | ']')[] = [];

  constructor(private readonly text: string) {}

  check(): void {
    this.skip();
    for (;;) {
      if (this.enterValue()) continue;
      while (this.leaveValue()) this.closers.pop();
      if (this.closers.length === 0) break;
    }
    this.expectEnd();
  }

  /** Reads a scalar, an empty container, or the opening of one that has content (true). */
  private enterValue(): boolean {
    const first = this.text[this.at];
    if (first === '"') return this.readString('value');
    if (first !== '{' && first !== '[') return this.readLiteral();
    this.step();
    const closer = first === '{' ? '}' : ']';
    if (this.text[this.at] === closer) {
      this.step();
      return false;
    }
    this.closers.push(closer);
    if (closer === '}') this.readKey();
    return true;
  }

  /** After a value: true when its container closes here, false when the next value may be read. */
  private leaveValue(): boolean {
    const closer = this.closers.at(-1);
    if (closer === undefined) return false;
    if (this.text[this.at] === closer) {
      this.step();
      return true;
    }
    if (this.text[this.at] !== ',') {
      this.fail(`expected "," or "${closer}" after a value, found ${this.found()}`);
    }
    const comma = this.at;
    this.step();
    if (this.text[this.at] === closer) {
      this.fail(`a comma stands before the closing "${closer}"`, comma);
    }
    if (closer === '}') this.readKey();
    return false;
  }

  private readKey(): void {
    if (this.text[this.at] !== '"') {
      this.fail(`expected a member name in double quotes, found ${this.found()}`);
    }
    this.readString('member name');
    if (this.text[this.at] !== ':') {
      this.fail(`expected ":" after a member name, found ${this.found()}`);
    }
    this.step();
  }

  private readString(what: string): false {
    const open = this.at;
    for (let i = open + 1; i < this.text.length; i += 1) {
      const code = this.text.charCodeAt(i);
      if (code === 34) {
        this.at = i;
        this.step();
        return false;
      }
      if (code < 32)
        this.fail(`a ${what} in quotes holds a raw line break or control character`, i);
      if (code === 92) i = this.checkEscape(i);
    }
    return this.fail(`the text ends inside a ${what} in quotes that starts here`, open);
  }

  private checkEscape(slash: number): number {
    const escaped = this.text[slash + 1] ?? '';
    if (escaped === 'u') {
      if (/^[0-9a-fA-F]{4}$/.test(this.text.slice(slash + 2, slash + 6))) return slash + 5;
    } else if (escaped === '' || '"\\/bfnrt'.includes(escaped)) return slash + 1;
    return this.fail(`the escape "\\${escaped}" does not exist in JSON`, slash);
  }

  private readLiteral(): false {
    const end = skipLiteral(this.text, this.at);
    if (!literal.test(this.text.slice(this.at, end))) {
      this.fail(`expected a value, found ${this.found()}`);
    }
    this.at = skipSpace(this.text, end);
    return false;
  }

  private expectEnd(): void {
    if (this.at < this.text.length) {
      this.fail(`expected the end of the document, found ${this.found()}`);
    }
  }

  private found(): string {
    const code = this.text.codePointAt(this.at);
    if (code === undefined) return 'the end of the text';
    const word = /^[\w$]{2,30}/.exec(this.text.slice(this.at, this.at + 31))?.[0];
    return JSON.stringify(word ?? String.fromCodePoint(code));
  }

  private skip(): void {
    this.at = skipSpace(this.text, this.at);
  }

  private step(): void {
    this.at = skipSpace(this.text, this.at + 1);
  }

  private fail(message: string, offset = this.at): never {
    throw new Mismatch(offset, message);
  }
}
