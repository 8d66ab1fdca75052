// Findings that come from the type rules of ops: which operand axes disagree, and what was needed of them.
import type { Span } from "../../../grammar/source.js";
import type { Relation, Verdict } from "../../types/constraints.js";
import type { Dim } from "../../types/dim.js";
import { showType } from "../../types/tensor.js";
import { apart, meets } from "../apart.js";
import { compareDtypes, row, type Named } from "../compare.js";
import type { ComparisonRow, Diagnostic, Proposal } from "../diagnostic.js";
import { difference, originsOf, quoted, reasons } from "../explain.js";
import { isCode, type Code } from "./codes.js";
import { broadcast } from "./broadcast.js";
import { remainderNotes } from "./division.js";
import { finding } from "./finding.js";
import { convertingOperand, reordering, sayable, uniting } from "./proposals.js";

/** Which operand, and which of its axes. */
export interface Place {
  readonly operand: number;
  readonly axis?: number;
}

/** A relation between dims of operands that does not hold, or is not proved. */
export interface UnmetRequirement {
  readonly at: Span;
  /** The code that the type rule gives: "inner-dim-mismatch", "slice-out-of-range", … */
  readonly code: string;
  readonly operands: readonly Named[];
  readonly places: readonly Place[];
  readonly relation: "==" | "<=" | "divides";
  readonly left: Dim;
  readonly right: Dim;
  readonly verdict: Verdict;
}

/** What the rules of particular codes say beside the comparison. */
const rules: Partial<Record<Code, string>> = {
  "inner-dim-mismatch":
    "`@` contracts the last axis of the left side with the second-to-last of the right",
  "batch-dim-mismatch": "leading axes of the two sides must be equal, or literally 1",
  "concat-mismatch": "all axes except the one that is joined must be equal",
  "numel-mismatch": "a reshape keeps the number of elements",
};

/** Codes of type rules that go by another name for the reader. */
const aliases: Readonly<Record<string, Code>> = {
  "unknown-axis": "pattern-unknown-axis",
  "axis-only-once": "pattern-lost-axis",
  "zero-step": "zero-stride",
  "negative-padding": "negative-size",
  "no-axes": "axis-out-of-range",
  "pack-stretch": "implicit-broadcast",
};

/** The finding for a requirement of a type rule. */
export function requirement(facts: UnmetRequirement): Diagnostic {
  const { at, operands, places, left, right, verdict } = facts;
  const code = codeFor(facts.code, "shape-mismatch");
  const rule = rules[code];
  return finding(code, {
    primary: { span: at, text: relationText(facts) },
    secondary: originsOf([left, right]),
    comparison: rowsOf(operands, places),
    notes: [...(rule ? [rule] : []), ...arithmetic(facts, left, right, verdict)],
    ...sayable(facts.relation, left, right, verdict),
    proposals: proposalsFor(code, facts),
  });
}

/** What may mend a relation between operands: transposes and exchanges of a product, one name for two sizes, a clause. */
function proposalsFor(code: Code, facts: UnmetRequirement): readonly Proposal[] {
  const { at, relation, left, right } = facts;
  const isProduct = code === "inner-dim-mismatch" || code === "batch-dim-mismatch";
  return [...(isProduct ? reordering(at) : []), ...(relation === "==" ? uniting(left, right) : [])];
}

function arithmetic(
  facts: UnmetRequirement,
  left: Dim,
  right: Dim,
  verdict: Verdict,
): readonly string[] {
  if (facts.relation === "divides") return remainderNotes(left, right, verdict);
  const relation: Relation = facts.relation;
  return [
    ...(relation === "==" ? difference(left, right) : []),
    ...reasons(relation, left, right, verdict),
  ];
}

function relationText({ relation, left, right }: UnmetRequirement): string {
  const [a, b] = apart(left, right);
  if (relation === "divides") return `${a} does not divide ${b}`;
  return relation === "==" ? `${a} meets ${b}` : `${a} is not at most ${b}`;
}

/** One row an operand, with the axes that disagree marked. */
function rowsOf(operands: readonly Named[], places: readonly Place[]): readonly ComparisonRow[] {
  const used = new Set(places.map((p) => p.operand));
  return operands.flatMap((operand, i) => {
    if (used.size > 0 && !used.has(i)) return [];
    return [
      row(
        operand,
        places.flatMap((p) => (p.operand === i && p.axis !== undefined ? [p.axis] : [])),
      ),
    ];
  });
}

/** A refusal of a type rule that no fact could lift. */
export interface RefusedOperands {
  readonly at: Span;
  readonly code: string;
  readonly operands: readonly Named[];
  readonly places: readonly Place[];
  /** Facts of the rule, as text: `found`, `wanted`, `left`, `right`, `axis`, `last` (how many axes at the end are not aligned). */
  readonly facts?: Readonly<Record<string, string>>;
}

/** The finding for a refusal of a type rule. */
export function problem({
  at,
  code: given,
  operands,
  places,
  facts = {},
}: RefusedOperands): Diagnostic {
  const code = codeFor(given, "shape-mismatch");
  const rule = rules[code];
  const [first, second] = places;
  const [a, b] = [first && operands[first.operand], second && operands[second.operand]];
  if (a && b && (code === "rank-stretch" || code === "implicit-broadcast")) {
    return broadcast({ at, left: a, right: b, last: unaligned(facts) });
  }
  const dims = places.flatMap(({ operand, axis }) => {
    const d = axis === undefined ? undefined : operands[operand]?.type.shape[axis];
    return d ? [d] : [];
  });
  return finding(code, {
    primary: { span: at, text: problemText(code, given, a, facts, dims) },
    secondary: originsOf(dims),
    comparison:
      code === "dtype-mismatch" && a && b ? compareDtypes(a, b) : rowsOf(operands, places),
    notes: rule ? [rule] : [],
    proposals: conversions(code, at, a, facts),
  });
}

/** How many axes at the end of both operands a rule does not align. */
const unaligned = ({ last = "0" }: Readonly<Record<string, string>>): number => Number(last);

/** What makes an operand of the wanted element type. */
function conversions(
  code: Code,
  at: Span,
  operand: Named | undefined,
  { wanted = "" }: Readonly<Record<string, string>>,
): readonly Proposal[] {
  if (code !== "wrong-dtype" || !operand) return [];
  const dtype = /bool|condition/.test(wanted) ? "bool" : /int|i32/.test(wanted) ? "i32" : "f32";
  return convertingOperand(at, operand.name, dtype);
}

function problemText(
  code: Code,
  given: string,
  operand: Named | undefined,
  facts: Readonly<Record<string, string>>,
  dims: readonly Dim[],
): string {
  const { found = "", wanted = "", axis = "" } = facts;
  const name = operand ? quoted(operand.name) : "this";
  switch (code) {
    case "wrong-dtype":
      return `${name} is ${quoted(found)}, where ${wanted} is needed`;
    case "dtype-mismatch":
      return "nothing converts between element types by itself";
    case "axis-out-of-range":
      if (given === "no-axes") return "no axis is named";
      return `${operand ? quoted(showType(operand.type)) : "this"} has no axis ${axis}`.trimEnd();
    case "axis-repeated":
      return "an axis is named more than once";
    case "pattern-unknown-axis":
      return `no axis ${quoted(axis)} on the left`;
    case "zero-stride":
      return "the step is 0";
    case "negative-size":
      return "the padding is negative";
    default:
      return meeting(facts, dims) ?? `${name} does not fit`;
  }
}

/** "`D` meets `H`", from the facts of the rule or from the axes that disagree. */
function meeting(
  { left, right }: Readonly<Record<string, string>>,
  dims: readonly Dim[],
): string | undefined {
  if (left !== undefined && right !== undefined) return `${quoted(left)} meets ${quoted(right)}`;
  const [one, other] = dims;
  return one && other && meets(one, other);
}

const codeFor = (text: string, otherwise: Code): Code =>
  aliases[text] ?? (isCode(text) ? text : otherwise);
