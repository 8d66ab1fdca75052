// Refusals of the lexer and the parser in the user's words.
import type { SyntaxProblem } from "../../../grammar/ast.js";
import { textOf } from "../../../grammar/source.js";
import type { Diagnostic, Label } from "../diagnostic.js";
import { finding } from "./finding.js";
import { habitOf } from "./habits.js";

/** The diagnostic of a syntax problem, with what to write where the place shows a habit from another language. */
export function syntaxDiagnostic(problem: SyntaxProblem): Diagnostic {
  const { code, span, opener, during } = problem;
  const habit = habitOf(problem);
  if (habit) {
    const isMoved = habit.at.start !== span.start || code === "illegal-character";
    const text = isMoved ? `\`${textOf(habit.at)}\` has no meaning here` : wording(problem);
    return finding(code, { primary: { span: habit.at, text }, notes: [habit.hint] });
  }
  const secondary: Label[] = opener ? [{ span: opener, text: "opened here" }] : [];
  const notes = during ? [`while reading ${during}`] : [];
  return finding(code, { primary: { span, text: wording(problem) }, secondary, notes });
}

function wording({ code, found, expected }: SyntaxProblem): string {
  switch (code) {
    case "unexpected-token":
      if (expected.length === 0) return `no open bracket belongs to ${found}`;
      // The word itself is right; what makes it a name here is what stands behind it.
      return expected.includes(found)
        ? `what follows ${found} does not fit`
        : `expected ${alternatives(expected)}, found ${found}`;
    case "illegal-character":
      return `${found} has no meaning here`;
    case "unterminated-string":
      return "the closing quote is missing on this line";
    case "nested-too-deep":
      return "deeper than 128 levels";
    case "file-too-large":
      return "larger than the compiler accepts";
    case "too-many-errors":
      return "the rest of this file was not reported";
    case "bad-number":
      return `${found} is no number`;
    case "misplaced-attribute":
      return "no declaration or member follows";
  }
}

/** "a name", "a name or `(`", "a name, `(` or a number". */
function alternatives(expected: readonly string[]): string {
  const [last, ...rest] = [...expected].reverse();
  return rest.length === 0 ? (last ?? "") : `${rest.reverse().join(", ")} or ${last ?? ""}`;
}
