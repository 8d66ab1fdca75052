// Shows a page written in Markdown as text for a terminal.

/** How the parts of a page are coloured. */
export interface PagePaint {
  readonly heading: (text: string) => string;
  readonly code: (text: string) => string;
}

const plain: PagePaint = { heading: (text) => text, code: (text) => text };

/** Longest line of prose. */
const width = 80;

/** The page without its marks: headings by themselves, blocks of code indented, prose in lines of 80 characters. */
export function pageText(page: string, paint: PagePaint = plain): string {
  const lines: string[] = [];
  let isCode = false;
  for (const line of page.trimEnd().split("\n")) {
    if (line.startsWith("```")) isCode = !isCode;
    else if (isCode) lines.push(line === "" ? "" : `    ${paint.code(line)}`);
    else if (/^#+ /.test(line)) lines.push(paint.heading(line.replace(/^#+ /, "")));
    else lines.push(...wrap(line.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")));
  }
  return `${lines.join("\n")}\n`;
}

function wrap(line: string): readonly string[] {
  const lines: string[] = [];
  let current = "";
  for (const word of line.split(" ")) {
    if (current !== "" && current.length + 1 + word.length > width) {
      lines.push(current);
      current = word;
    } else current = current === "" ? word : `${current} ${word}`;
  }
  return [...lines, current];
}
