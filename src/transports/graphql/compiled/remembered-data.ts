import type { FormattedExecutionResult } from 'graphql';

/** The data of an answer that is written already. */
export class RememberedData {
  constructor(private readonly text: string) {}

  /** The whole answer. */
  toAnswer(): string {
    return `{"data":${this.text}}\n`;
  }

  toJSON(): unknown {
    return JSON.parse(this.text);
  }
}

/** The body of an answer, as Apollo Server writes it. */
export function stringifyResult(result: FormattedExecutionResult): string {
  const data: unknown = result.data;
  return data instanceof RememberedData && !result.errors && !result.extensions
    ? data.toAnswer()
    : `${JSON.stringify(result)}\n`;
}
