// Findings about what parameters and states are filled with.
import type { Span } from "../../../grammar/source.js";
import type { Diagnostic } from "../diagnostic.js";
import { quoted } from "../explain.js";
import { finding } from "./finding.js";

/** A parameter or state and its initialiser. */
interface Step {
  readonly path: string;
  readonly at: Span;
}

/** Parameters or states whose initialisers read one another, or one that reads itself. */
export const initialCycle = ({
  steps,
}: {
  readonly steps: readonly [Step, ...Step[]];
}): Diagnostic => {
  const [first, ...others] = steps;
  const reads = (next: Step): string =>
    `reads ${quoted(next.path)}${others.length === 0 ? ", which it is to fill" : ""}`;
  return finding("initial-cycle", {
    primary: { span: first.at, text: reads(others[0] ?? first) },
    secondary: others.map(({ at }, i) => ({ span: at, text: reads(others[i + 1] ?? first) })),
    notes: ["an initialiser may read parameters and states that are filled or loaded before it"],
  });
};
