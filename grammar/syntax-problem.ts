// What the lexer and the parser refuse, as data.
import type { Span } from "./source.js";

/** A refusal of the lexer or parser as data; `compiler/diagnostics` words it. */
export interface SyntaxProblem {
  readonly code:
    | "unexpected-token"
    | "illegal-character"
    | "unterminated-string"
    | "nested-too-deep"
    | "file-too-large"
    | "too-many-errors"
    | "bad-number"
    | "misplaced-attribute";
  readonly span: Span;
  /** What stood there, in the user's words (`end of file`, `` `}` ``). */
  readonly found: string;
  /** What could have stood there, in the user's words; may be empty. */
  readonly expected: readonly string[];
  /** What was being read: "a layer member", "the arguments of a call". */
  readonly during?: string;
  /** The opening bracket that a missing closing one belongs to. */
  readonly opener?: Span;
}
