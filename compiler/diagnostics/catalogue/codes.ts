// Every code with its title and severity: the one list that catalogue, pages and tests are held against.
import type { Diagnostic, Severity } from "../diagnostic.js";

/** Titles by code. A row without a severity is an error. */
export const codes = {
  // Syntax
  "unexpected-token": { title: "Unexpected text" },
  "illegal-character": { title: "Character without a meaning" },
  "unterminated-string": { title: "String without an end" },
  "nested-too-deep": { title: "Nested too deeply" },
  "file-too-large": { title: "File too large" },
  "too-many-errors": { title: "Too many syntax errors" },
  "bad-number": { title: "Malformed number" },
  "misplaced-attribute": { title: "Attribute without a declaration" },
  // Names and kinds
  "unknown-name": { title: "Unknown name" },
  "unknown-member": { title: "Unknown member" },
  "unknown-argument": { title: "Unknown argument" },
  "missing-argument": { title: "Missing argument" },
  "too-many-arguments": { title: "Too many arguments" },
  "duplicate-argument": { title: "Argument given twice" },
  "duplicate-name": { title: "Name declared twice" },
  "recursive-declaration": { title: "Declaration uses itself" },
  "unknown-module": { title: "Unknown module" },
  "unknown-export": { title: "Name not declared there" },
  "import-cycle": { title: "Imports form a cycle" },
  "import-outside-package": { title: "Import outside the package" },
  "wrong-kind": { title: "Wrong kind of value" },
  "not-callable": { title: "Not callable" },
  "not-a-model": { title: "Not a model" },
  "missing-static": { title: "Static argument without a value" },
  "missing-forward": { title: "Function missing in a layer" },
  "assign-to-let": { title: "Assignment to a fixed name" },
  "unknown-variable": { title: "Assignment to an unknown variable" },
  "state-write-outside-layer": { title: "Only a state can be written" },
  "selector-no-match": { title: "Selector matches nothing" },
  "adapter-misfit": { title: "Adapter does not fit" },
  "unused-parameter": { title: "Unused parameter", severity: "warning" },
  "naming-convention": { title: "Unusual spelling of a name", severity: "warning" },
  unsupported: { title: "Not built yet" },
  // Shapes
  "shape-mismatch": { title: "Shapes differ" },
  "rank-mismatch": { title: "Numbers of axes differ" },
  "rank-too-large": { title: "Too many axes" },
  "inner-dim-mismatch": { title: "Inner dimensions differ" },
  "batch-dim-mismatch": { title: "Batch dimensions differ" },
  "implicit-broadcast": { title: "Axes that do not stretch" },
  "rank-stretch": { title: "Both sides would stretch" },
  "numel-mismatch": { title: "Numbers of elements differ" },
  indivisible: { title: "Division leaves a remainder" },
  "division-by-zero": { title: "Division by zero" },
  "unproved-where": { title: "Condition not proved" },
  "refuted-where": { title: "Condition does not hold" },
  "free-dim-in-result": { title: "Dimension only in the result" },
  "ambiguous-dim": { title: "Dimension cannot be determined" },
  "negative-size": { title: "Negative size" },
  "axis-out-of-range": { title: "Axis does not exist" },
  "axis-repeated": { title: "Axis named twice" },
  "axis-in-pack": { title: "Axis inside of `...`" },
  "index-out-of-range": { title: "Index outside the axis" },
  "too-many-indices": { title: "More indices than axes" },
  "slice-out-of-range": { title: "Slice outside the axis" },
  "dynamic-length": { title: "Length known only at run" },
  "zero-stride": { title: "Step of zero" },
  "window-too-large": { title: "Window larger than the axis" },
  "pattern-lost-axis": { title: "Pattern loses an axis" },
  "pattern-repeated-axis": { title: "Pattern repeats an axis" },
  "pattern-unknown-axis": { title: "Pattern names an unknown axis" },
  "pattern-rank": { title: "Pattern does not fit" },
  "pattern-indivisible": { title: "Pattern leaves a remainder" },
  "concat-mismatch": { title: "Parts do not line up" },
  "branch-mismatch": { title: "Branches have different types" },
  "loop-variant-shape": { title: "Shape changes in a loop" },
  "write-shape": { title: "Written value does not fit" },
  // Dtypes
  "dtype-mismatch": { title: "Element types differ" },
  "wrong-dtype": { title: "Unsuitable element type" },
  "not-float": { title: "Not a float tensor" },
  "index-dtype": { title: "Index is not an integer" },
  "literal-dtype": { title: "Number does not fit" },
  // Gradients
  "non-scalar-loss": { title: "Loss is not a scalar" },
  "no-gradient": { title: "No gradient arrives" },
  // Training
  "training-setting-unknown": { title: "Unknown training setting" },
  "loss-missing": { title: "Training without a loss" },
  "optimizer-missing": { title: "Training without an optimizer" },
  // Limits
  "size-overflow": { title: "Size too large" },
  "no-adapter": { title: "No GPU found" },
  // Weights and inputs
  "weights-missing": { title: "Weights miss a parameter" },
  "weights-extra": { title: "Weights the model lacks" },
  "weights-shape": { title: "Weights of another shape" },
  "weights-dtype": { title: "Weights of another type" },
  "weights-corrupt": { title: "Unreadable weights" },
  "input-missing": { title: "Missing input" },
  "input-extra": { title: "Unknown input" },
  "input-shape": { title: "Input of another shape" },
  "input-dtype": { title: "Input of another type" },
  "input-out-of-range": { title: "Input value out of range" },
  "guard-violated": { title: "Input violates a condition" },
} as const satisfies Record<string, { readonly title: string; readonly severity?: Severity }>;

/** Stable kebab-case name of a kind of finding. */
export type Code = keyof typeof codes;

/** Whether a text is a code, as in `@allow(code)` or `dl explain code`. */
export const isCode = (text: string): text is Code => Object.hasOwn(codes, text);

/** What a catalogue function supplies; the table adds title and severity. */
export type Facts = Pick<Diagnostic, "primary"> &
  Partial<Pick<Diagnostic, "secondary" | "comparison" | "notes" | "fix">>;

/** A diagnostic of a code. Empty comparisons are left out. */
export function finding(code: Code, facts: Facts): Diagnostic {
  const row: { readonly title: string; readonly severity?: Severity } = codes[code];
  const { primary, secondary = [], comparison = [], notes = [], fix } = facts;
  return {
    code,
    severity: row.severity ?? "error",
    title: row.title,
    primary,
    secondary,
    ...(comparison.length > 0 ? { comparison } : {}),
    notes,
    ...(fix ? { fix } : {}),
  };
}
