// Findings that come from the type rules of ops: which operand axes disagree, and what was needed of them.
import type { Span } from "../../../grammar/source.js";
import type { Relation, Verdict } from "../../types/constraints.js";
import { constantOf, show, type Dim } from "../../types/dim.js";
import { isPack, showAxis, showType, type TensorType } from "../../types/tensor.js";
import { compareDtypes, row, type Named } from "../compare.js";
import type { ComparisonRow, Diagnostic, Fix } from "../diagnostic.js";
import { difference, originsOf, quoted, reasons } from "../explain.js";
import { isCode, type Code } from "./codes.js";
import { finding } from "./finding.js";

/** An operand under the name that the reader knows it by, and where it is written. */
export interface Operand extends Named {
  readonly span?: Span;
}

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
  readonly operands: readonly Operand[];
  readonly places: readonly Place[];
  readonly relation: "==" | "<=" | "divides";
  readonly left: Dim;
  readonly right: Dim;
  readonly verdict: Verdict;
  readonly fix?: Fix;
}

/** What the rules of particular codes say beside the comparison. */
const rules: Partial<Record<Code, string>> = {
  "inner-dim-mismatch":
    "`@` contracts the last axis of the left side with the second-to-last of the right",
  "batch-dim-mismatch": "leading axes of the two sides must be equal, or literally 1",
  "implicit-broadcast": "an axis stretches only when it is the literal 1 or missing",
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
};

/** The finding for a requirement of a type rule. */
export function requirement(facts: UnmetRequirement): Diagnostic {
  const { at, operands, places, left, right, verdict, fix } = facts;
  const code = codeFor(facts.code, "shape-mismatch");
  const rule = rules[code];
  return finding(code, {
    primary: { span: at, text: relationText(facts) },
    secondary: originsOf([left, right]),
    comparison: rowsOf(operands, places),
    notes: [...(rule ? [rule] : []), ...arithmetic(facts, left, right, verdict)],
    ...(fix ? { fix } : {}),
  });
}

function arithmetic(
  facts: UnmetRequirement,
  left: Dim,
  right: Dim,
  verdict: Verdict,
): readonly string[] {
  if (facts.relation === "divides")
    return verdict.kind === "refuted"
      ? remainder(left, right, verdict)
      : [missing(`${show(right)} % ${show(left)} == 0`)];
  const relation: Relation = facts.relation;
  return [
    ...(relation === "==" ? difference(left, right) : []),
    ...reasons(relation, left, right, verdict),
  ];
}

const missing = (clause: string): string => `the missing fact: ${quoted(`where ${clause}`)}`;

/** What a refuted divisibility adds. */
function remainder(
  left: Dim,
  right: Dim,
  verdict: Verdict & { readonly kind: "refuted" },
): readonly string[] {
  if (verdict.counterexample.length === 0)
    return [`${quoted(`${show(right)} % ${show(left)}`)} is ${String(verdict.left)}`];
  const values = verdict.counterexample.map(
    ({ sym, value }) => `${quoted(sym.name)} = ${String(value)}`,
  );
  return [
    `for ${values.join(" and ")} the remainder is ${String(verdict.left)}`,
    missing(`${show(right)} % ${show(left)} == 0`),
  ];
}

function relationText({ relation, left, right }: UnmetRequirement): string {
  const [a, b] = [quoted(showAxis(left)), quoted(showAxis(right))];
  if (relation === "divides") return `${a} does not divide ${b}`;
  return relation === "==" ? `${a} meets ${b}` : `${a} is not at most ${b}`;
}

/** One row an operand, with the axes that disagree marked. */
function rowsOf(operands: readonly Operand[], places: readonly Place[]): readonly ComparisonRow[] {
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
  readonly operands: readonly Operand[];
  readonly places: readonly Place[];
  /** Facts of the rule, as text: `found`, `wanted`, `left`, `right`, `axis`. */
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
  });
}

function problemText(
  code: Code,
  given: string,
  operand: Operand | undefined,
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
  return one && other && `${quoted(showAxis(one))} meets ${quoted(showAxis(other))}`;
}

const codeFor = (text: string, otherwise: Code): Code =>
  aliases[text] ?? (isCode(text) ? text : otherwise);

// ------------------------------------------------------- findings with own shape

/** Elementwise operands whose shapes do not broadcast. `rank-stretch` where each side would have to stretch. */
export function broadcast(facts: {
  readonly at: Span;
  readonly left: Operand;
  readonly right: Operand;
  readonly verdict?: Verdict;
}): Diagnostic {
  const { at, left, right } = facts;
  const clashes = clashingAxes(left.type, right.type);
  const [first] = clashes;
  const shared = {
    comparison: [
      row(
        left,
        clashes.map((c) => -c.fromBack),
      ),
      row(
        right,
        clashes.map((c) => -c.fromBack),
      ),
    ],
  };
  if (first && isStretch(left.type, right.type, first.fromBack))
    return rankStretch(at, left, right, shared.comparison);
  const dims = clashes.flatMap((c) => [c.left, c.right]);
  return finding("implicit-broadcast", {
    ...shared,
    primary: {
      span: at,
      text: first
        ? `${quoted(showAxis(first.left))} meets ${quoted(showAxis(first.right))}`
        : "the shapes do not align",
    },
    secondary: originsOf(dims),
    notes: [
      rules["implicit-broadcast"] ?? "",
      ...(first ? difference(first.left, first.right) : []),
    ],
  });
}

function rankStretch(
  at: Span,
  left: Operand,
  right: Operand,
  comparison: readonly ComparisonRow[],
): Diagnostic {
  const [longer, shorter] =
    left.type.shape.length > right.type.shape.length ? [left, right] : [right, left];
  const merged = `${longer.type.dtype}[${[...longer.type.shape.slice(0, -1), shorter.type.shape.at(-1)].flatMap((d) => (d ? [showAxis(d)] : [])).join(", ")}]`;
  return finding("rank-stretch", {
    primary: { span: at, text: `would pair every element with every other: ${quoted(merged)}` },
    comparison,
    notes: [
      `when the ranks differ, only the operand with fewer axes stretches`,
      `${quoted(`${longer.name}[..., 0]`)} drops the axis of 1, or ${quoted(`reshape(${shorter.name}, [${shorter.type.shape.map(showAxis).join(", ")}, 1])`)} adds one`,
    ],
  });
}

interface Clash {
  readonly fromBack: number;
  readonly left: Dim;
  readonly right: Dim;
}

function clashingAxes(a: TensorType, b: TensorType): readonly Clash[] {
  const shared = Math.min(a.shape.length, b.shape.length);
  const clashes: Clash[] = [];
  for (let fromBack = 1; fromBack <= shared; fromBack++) {
    const left = a.shape.at(-fromBack);
    const right = b.shape.at(-fromBack);
    if (!left || !right || left.key === right.key || isPack(left) || isPack(right)) continue;
    const mayStretch = (t: TensorType, other: TensorType, d: Dim): boolean =>
      constantOf(d) === 1 && t.shape.length <= other.shape.length;
    if (!mayStretch(a, b, left) && !mayStretch(b, a, right))
      clashes.push({ fromBack, left, right });
  }
  return clashes;
}

/** Whether the operand with more axes is the one that has the 1. */
function isStretch(a: TensorType, b: TensorType, fromBack: number): boolean {
  const [longer] = a.shape.length > b.shape.length ? [a] : [b];
  const d = longer.shape.at(-fromBack);
  return a.shape.length !== b.shape.length && d !== undefined && constantOf(d) === 1;
}
