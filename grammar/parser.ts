// Text to syntax tree. `parse` takes any text and never throws.
import { EOF } from "chevrotain";
import type { Item, Parsed, SyntaxProblem } from "./ast.js";
import { balance } from "./brackets.js";
import { contextualize } from "./context.js";
import { scan, spanAt, type Token } from "./lexer.js";
import { limitProblems } from "./problems.js";
import type { Rule } from "./rules/core.js";
import { DeclarationRules } from "./rules/declarations.js";
import type { SourceFile } from "./source.js";

/** Largest file that is read, in bytes of UTF-8. */
export const largestFile = 4 * 1024 * 1024;

/** The rules of the whole language. One parser serves all files, one after the other. */
export class Parser extends DeclarationRules {
  constructor(isChecked = false) {
    super(isChecked);
    this.performSelfAnalysis();
  }

  private readonly module: Rule<Item[]> = this.rule("module", () => {
    const items: Item[] = [];
    if (this.RECORDING_PHASE) this.MANY(() => items.push(this.SUBRULE(this.item)));
    else
      this.untilEnough(() => {
        this.readLines(0, () => items.push(this.SUBRULE(this.item)));
      });
    while (!this.RECORDING_PHASE && !this.isAt(EOF)) this.consume(0, this.LA(1).tokenType);
    return items;
  });

  /** The declarations among some tokens; problems are added to those given. */
  read(file: SourceFile, tokens: Token[], problems: SyntaxProblem[]): readonly Item[] {
    this.begin(file, tokens, problems);
    return this.module();
  }
}

let parser: Parser | undefined;

/** The parser, made on first use: its analysis of the rules takes some tens of milliseconds. */
export const sharedParser = (): Parser => (parser ??= new Parser());

/** Parses one file. However broken the text, the result is a tree; the problems come in the order of the text. */
export function parse(file: SourceFile): Parsed {
  if (isTooLarge(file.text)) {
    const span = spanAt(file, 0, 0);
    const found = "more than 4 MB of text";
    return {
      module: { file, items: [], comments: [] },
      problems: [{ code: "file-too-large", span, found, expected: [] }],
    };
  }
  const { tokens: raw, comments, problems } = scan(file);
  const tokens = balance(file, raw, problems);
  contextualize(tokens);
  const items = sharedParser().read(file, tokens, problems);
  return { module: { file, items, comments }, problems: limitProblems(problems) };
}

function isTooLarge(text: string): boolean {
  if (text.length > largestFile) return true;
  if (text.length * 3 <= largestFile) return false;
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    // Each half of a surrogate pair counts as two of the four bytes of its character.
    bytes += code < 0x80 ? 1 : code < 0x800 || (code >= 0xd800 && code < 0xe000) ? 2 : 3;
  }
  return bytes > largestFile;
}
