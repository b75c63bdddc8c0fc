export type Table = {
  title: string;
  columns: string[];
  rows: string[][];
  /** Sentences under the table. */
  notes: string[];
};

/** A table as GitHub reads it, aligned so that a terminal shows it as well. The first column is text, the others figures. */
export function renderTable({ title, columns, rows, notes }: Table): string {
  const widths = columns.map((column, at) =>
    Math.max(3, column.length, ...rows.map((row) => row[at]?.length ?? 0)),
  );
  const line = (cells: string[]) =>
    `| ${widths.map((width, at) => pad(cells[at] ?? '', width, at)).join(' | ')} |`;
  const rule = widths.map((width, at) =>
    at === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  return [
    `### ${title}`,
    '',
    line(columns),
    `| ${rule.join(' | ')} |`,
    ...rows.map(line),
    '',
    ...notes.flatMap((note) => [`- ${note}`]),
    ...(notes.length > 0 ? [''] : []),
  ].join('\n');
}

function pad(cell: string, width: number, at: number): string {
  return at === 0 ? cell.padEnd(width) : cell.padStart(width);
}
