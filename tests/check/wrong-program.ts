// What a wrong program is, to the tests of the checker.
import type { Code } from "../../compiler/diagnostics/catalogue/codes.js";

/** A program with one mistake, on the line that ends in `// here`. */
export interface WrongProgram {
  readonly title: string;
  readonly text: string;
  readonly code: Code;
  /** What the rendered message must contain: both of what does not fit. */
  readonly says: readonly string[];
}
