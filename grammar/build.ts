// Operands and operators in source order to a tree, by binding power.
import type { Expr, SyntaxProblem } from "./ast.js";
import type { Token } from "./lexer.js";
import { spanAt } from "./lexer.js";
import type { SourceFile } from "./source.js";
import { comparisonLevel, infix, prefixLevel, type InfixRow } from "./tokens.js";

interface Pending {
  readonly token: Token;
  readonly level: number;
  /** Absent for a prefix operator. */
  readonly row?: InfixRow;
}

type Report = (problem: SyntaxProblem, token: Token) => void;

/**
 * Builds one expression by operator precedence (the shunting-yard method). It uses no recursion, so a sum
 * of a hundred thousand terms is as good as one of two.
 */
export class Operators {
  private readonly operands: Expr[] = [];
  private readonly pending: Pending[] = [];
  /** Prefix operators and powers that wait for an operand: what makes a tree deep on its right side. */
  depth = 0;

  private readonly file: SourceFile;
  private readonly report: Report;

  constructor(file: SourceFile, report: Report) {
    this.file = file;
    this.report = report;
  }

  /** Takes `-` or `not` before an operand. */
  prefix(token: Token): void {
    this.pending.push({ token, level: prefixLevel[token.image === "not" ? "not" : "-"] });
    this.depth += 1;
  }

  /** Takes an operand. */
  operand(value: Expr): void {
    this.operands.push(value);
  }

  /** Takes an operator between two operands. */
  infix(token: Token): void {
    const row = infix.get(token.tokenType);
    if (!row) return;
    for (let top = this.pending.at(-1); top; top = this.pending.at(-1)) {
      if (top.level < row.level || (top.level === row.level && row.isRightToLeft)) break;
      if (top.level === comparisonLevel && row.level === comparisonLevel) this.refuseChain(token);
      this.reduce();
    }
    this.pending.push({ token, level: row.level, row });
    if (row.isRightToLeft) this.depth += 1;
  }

  /** The tree of all that was taken. */
  finish(): Expr {
    while (this.pending.length > 0) this.reduce();
    const [value] = this.operands;
    return value ?? { kind: "error", span: spanAt(this.file, 0, 0) };
  }

  private refuseChain(token: Token): void {
    const span = spanAt(this.file, token.startOffset, token.end);
    const found = `a second comparison, \`${token.image}\``;
    const during = "a comparison, which does not chain";
    this.report({ code: "unexpected-token", span, found, expected: ["`and`"], during }, token);
  }

  private reduce(): void {
    const { token, row } = this.pending.pop() ?? {};
    const right = this.operands.pop();
    if (!token || !right) return;
    if (!row) {
      this.depth -= 1;
      const span = spanAt(this.file, token.startOffset, right.span.end);
      const operator = token.image === "not" ? "not" : "-";
      this.operands.push({ kind: "unary", span, operator, operand: right });
      return;
    }
    if (row.isRightToLeft) this.depth -= 1;
    const left = this.operands.pop();
    if (left) this.operands.push(this.join(left, token, row, right));
  }

  private join(left: Expr, token: Token, row: InfixRow, right: Expr): Expr {
    const span = spanAt(this.file, left.span.start, right.span.end);
    if (row.operator !== "|>") {
      const operatorSpan = spanAt(this.file, token.startOffset, token.end);
      return { kind: "binary", span, operator: row.operator, operatorSpan, left, right };
    }
    if (!callable.has(right.kind)) {
      const expected = ["a function or a call"];
      const during = "what stands behind `|>`";
      this.report(
        { code: "unexpected-token", span: right.span, found: "an expression", expected, during },
        token,
      );
    }
    return { kind: "pipe", span, left, right };
  }
}

/** What may stand on the right of `|>`. */
const callable: ReadonlySet<Expr["kind"]> = new Set([
  "name",
  "member",
  "call",
  "index",
  "lambda",
  "paren",
  "if",
  "block",
  "error",
] as const);
