// Findings about shapes: where two meet, at calls, declarations, branches, loops and writes.
import { textOf, type Span } from "../../../grammar/source.js";
import type { Bindings, Fact, Facts, Mismatch, Verdict } from "../../types/constraints.js";
import { constantOf, numel, same, show, type Dim } from "../../types/dim.js";
import { showAxis, showType, type TensorType } from "../../types/tensor.js";
import { meets } from "../apart.js";
import { compareTypes, differingAxes, row, type Named } from "../compare.js";
import type { Clash, Diagnostic, Label, Proposal } from "../diagnostic.js";
import { difference, factText, listed, originsOf, quoted, reasons } from "../explain.js";
import { finding } from "./finding.js";
import { nearest } from "../suggest.js";
import { permuting, redeclaring, renaming, reordering, reshaping, uniting } from "./proposals.js";

export * from "./broadcast.js";
export * from "./indexing.js";
export * from "./joining.js";
export * from "./requirements.js";

/** A place. */
interface At {
  readonly at: Span;
}

/** An argument and the parameter that it does not meet. `expected` has the bindings put into `formal`. */
interface Argument extends At {
  readonly callee: string;
  readonly param: string;
  /** The argument as it is written. */
  readonly given: string | undefined;
  readonly declared: Span;
  readonly formal: TensorType;
  readonly expected: TensorType;
  readonly actual: TensorType;
  readonly mismatches: readonly Mismatch[];
  readonly bindings: Bindings;
}

/** An argument whose shape does not meet the parameter. */
export function argument(facts: Argument): Diagnostic {
  const { at, callee, param, declared, formal, expected, actual, mismatches } = facts;
  const [first] = mismatches;
  const parameter: Label = {
    span: declared,
    text: `${quoted(param)} of ${quoted(callee)} is declared here`,
  };
  const named = sidesOf(facts);
  const rows = [
    row(
      named[0],
      mismatches.flatMap((m) => (m.kind === "rank" ? [] : [m.actualAxis])),
    ),
    row(
      named[1],
      mismatches.flatMap((m) =>
        m.kind === "rank" ? [] : [axisIn(expected, actual, m.actualAxis)],
      ),
    ),
  ];
  if (!first || first.kind === "rank") {
    return finding("rank-mismatch", {
      primary: { span: at, text: rankText(first, actual) },
      secondary: [parameter],
      comparison: compareTypes(...named),
      proposals: rankRepairs(at, actual, expected),
    });
  }
  if (first.kind === "unsolved") {
    return finding("ambiguous-dim", {
      primary: {
        span: at,
        text: `${quoted(show(first.actual))} does not determine ${quoted(show(first.formal))}`,
      },
      secondary: [parameter, ...originsOf([first.formal])],
      comparison: rows,
      notes: [`a name that stands alone in an axis of an earlier argument is determined by it`],
    });
  }
  return finding("shape-mismatch", {
    clash: { relation: "==", left: first.actual, right: first.expected },
    proposals: [...reordering(at), ...uniting(first.expected, first.actual)],
    primary: { span: at, text: meets(first.actual, first.expected) },
    secondary: [parameter, ...boundBy(first), ...originsOf([first.actual, first.expected])],
    comparison: rows,
    notes: first.unknown
      ? [
          `no whole ${quoted(first.unknown.name)} makes ${quoted(show(first.expected))} equal to ${quoted(show(first.actual))}`,
        ]
      : [...substituted(formal, first), ...solved(first.expected, first.actual, first.verdict)],
  });
}

const sidesOf = ({ given, actual, param, callee, expected }: Argument): readonly [Named, Named] => [
  { name: given ?? "given", type: actual },
  { name: `${param} of ${callee}`, type: expected },
];

/** Another argument of the call in this place, or the axes that are missing or too many where they are of size 1. */
function rankRepairs(at: Span, actual: TensorType, expected: TensorType): readonly Proposal[] {
  const swap: Proposal = { kind: "swap", at };
  const isSame = expected.shape.length > 0 && same(numel(actual.shape), numel(expected.shape));
  return isSame ? [swap, reshaping(at, textOf(at), expected.shape)] : [swap];
}

/** An axis of a parameter from which no call could tell its several free dimensions. */
export const ambiguous = ({
  at,
  size,
  names,
}: At & { readonly size: Dim; readonly names: readonly string[] }): Diagnostic =>
  finding("ambiguous-dim", {
    primary: { span: at, text: `${quoted(show(size))} does not determine ${listed(names)}` },
    notes: [
      "a name that stands alone in an axis of this or an earlier argument is determined by it; others are static arguments, as in `H: dim`",
    ],
  });

/** A size that only a tensor names which calls may leave out. */
export const onlyInDefault = ({ at, name }: At & { readonly name: string }): Diagnostic =>
  finding("ambiguous-dim", {
    primary: { span: at, text: `nothing determines ${quoted(name)} where this is left out` },
    notes: ["sizes of a tensor with a default come from other arguments, or from static ones"],
  });

/** A second `...` in one type. */
export const twoPacks = ({ at }: At): Diagnostic =>
  finding("ambiguous-dim", {
    primary: { span: at, text: "a second `...` in one type" },
    notes: ["nothing says which axes belong to which; one `...` stands for any axes of a type"],
  });

/** The axis of the expected type that meets one of the actual type: the ranks agree once packs are spelled out. */
function axisIn(expected: TensorType, actual: TensorType, axis: number): number {
  return (
    axis - (actual.shape.length - expected.shape.length) * Number(axis * 2 >= actual.shape.length)
  );
}

function rankText(mismatch: Mismatch | undefined, actual: TensorType): string {
  if (mismatch?.kind !== "rank") return `${quoted(showType(actual))} does not fit`;
  const wanted = `${mismatch.isOpen ? "at least " : ""}${axes(mismatch.least)}`;
  return `${axes(mismatch.actual)}, where ${wanted} ${mismatch.least === 1 ? "is" : "are"} needed`;
}

const axes = (n: number): string => `${String(n)} ${n === 1 ? "axis" : "axes"}`;

/** "`D` is 64 through `x`": which argument fixed the other side. */
function boundBy({ because, formal, expected }: Mismatch & { kind: "dim" }): readonly Label[] {
  if (!because?.where.span) return [];
  const text = `${quoted(because.where.argument)} makes ${quoted(show(formal))} be ${quoted(show(expected))}`;
  return [{ span: because.where.span, text }];
}

/** "`4 * D` of the signature is `256` here", where the instantiation hides the formula. */
function substituted(formal: TensorType, mismatch: Mismatch & { kind: "dim" }): readonly string[] {
  const written = formal.shape[mismatch.formalAxis];
  if (!written || written.key === mismatch.expected.key) return [];
  return [
    `${quoted(showAxis(written))} of the signature is ${quoted(show(mismatch.expected))} here`,
  ];
}

const solved = (left: Dim, right: Dim, verdict: Verdict): readonly string[] => [
  ...difference(left, right),
  ...reasons("==", left, right, verdict),
];

/** A value whose shape is not the declared one: a result, or the annotation of a `let`. */
export function declared(
  facts: At & {
    readonly declared: Span;
    readonly expected: TensorType;
    readonly actual: TensorType;
    readonly facts: Facts;
  },
): Diagnostic {
  const { at, expected, actual } = facts;
  const named: readonly [Named, Named] = [
    { name: "value", type: actual },
    { name: "declared", type: expected },
  ];
  const reason: Label = { span: facts.declared, text: "the declared type" };
  if (actual.shape.length !== expected.shape.length) {
    return finding("rank-mismatch", {
      primary: {
        span: at,
        text: `${axes(actual.shape.length)}, where ${axes(expected.shape.length)} ${expected.shape.length === 1 ? "is" : "are"} declared`,
      },
      secondary: [reason],
      comparison: compareTypes(...named),
      proposals: redeclaring(facts.declared, expected, actual),
    });
  }
  const pairs = actual.shape.flatMap((d, axis) => {
    const other = expected.shape[axis] ?? d;
    const verdict = facts.facts.equal(d, other);
    return verdict.kind === "proved" ? [] : [{ axis, left: d, right: other, verdict }];
  });
  const marks = pairs.map((p) => p.axis);
  const [first] = pairs;
  return finding("shape-mismatch", {
    primary: { span: at, text: first ? meets(first.left, first.right) : "not the declared type" },
    secondary: [reason, ...originsOf(pairs.flatMap((p) => [p.left, p.right]))],
    comparison: named.map((n) => row(n, marks)),
    notes: first ? solved(first.left, first.right, first.verdict) : [],
    ...(first ? { clash: { relation: "==", left: first.left, right: first.right } } : {}),
    proposals: [
      ...permuting(at, actual, expected),
      ...redeclaring(facts.declared, expected, actual),
      ...(first ? uniting(first.left, first.right) : []),
    ],
  });
}

/** The two branches of an `if` give different types. */
export const branches = ({
  at,
  then,
  otherwise,
}: At & { readonly then: TensorType; readonly otherwise: TensorType }): Diagnostic =>
  finding("branch-mismatch", {
    primary: { span: at, text: `${quoted(showType(then))} or ${quoted(showType(otherwise))}` },
    secondary: changed(then, otherwise),
    ...firstClash(then, otherwise),
    comparison: compareTypes({ name: "then", type: then }, { name: "else", type: otherwise }),
  });

/** A `var` that has another shape at the end of a round of a loop than at its start. */
export const loopVariant = (
  facts: At & {
    readonly name: string;
    readonly before: TensorType;
    readonly after: TensorType;
    readonly declared?: Span;
  },
): Diagnostic =>
  finding("loop-variant-shape", {
    primary: { span: facts.at, text: `${quoted(facts.name)} changes its type here` },
    secondary: [
      ...(facts.declared
        ? [{ span: facts.declared, text: `${quoted(facts.name)} is declared here` }]
        : []),
      ...changed(facts.before, facts.after),
    ],
    comparison: compareTypes(
      { name: "before", type: facts.before },
      { name: "after", type: facts.after },
    ),
    notes: ["every round of a loop starts with the types that the one before it left"],
    ...firstClash(facts.after, facts.before),
  });

/** A value that does not fit the state, or the slice of it, that it is written to. */
export const write = ({
  at,
  state,
  value,
  declared: place,
}: At & {
  readonly state: TensorType;
  readonly value: TensorType;
  readonly declared?: Span;
}): Diagnostic =>
  finding("write-shape", {
    primary: {
      span: at,
      text: `${quoted(showType(value))} is written to ${quoted(showType(state))}`,
    },
    secondary: [
      ...(place ? [{ span: place, text: "the state is declared here" }] : []),
      ...changed(value, state),
    ],
    comparison: compareTypes({ name: "value", type: value }, { name: "state", type: state }),
    ...firstClash(value, state),
    proposals: reordering(at),
  });

/** The first sizes in which two types of one rank differ. */
function firstClash(a: TensorType, b: TensorType): { readonly clash?: Clash } {
  const [axis] = differingAxes(a.shape, b.shape)[0];
  const [left, right] = axis === undefined ? [] : [a.shape[axis], b.shape[axis]];
  const isOne = a.shape.length === b.shape.length;
  return left && right && isOne ? { clash: { relation: "==", left, right } } : {};
}

/** Origins of the dims in which two types differ. */
function changed(a: TensorType, b: TensorType): readonly Label[] {
  const [left, right] = differingAxes(a.shape, b.shape);
  const pick = (t: TensorType, marks: readonly number[]): readonly Dim[] =>
    t.shape.filter((_, i) => marks.includes(i));
  return originsOf([...pick(a, left), ...pick(b, right)]);
}

/** A `where` clause that the arguments of a use refute or do not prove. */
export function where(
  facts: At & {
    readonly callee: string;
    readonly clause: string;
    readonly declared: Span;
    readonly fact: Fact;
    readonly verdict: Verdict;
  },
): Diagnostic {
  const { at, callee, clause, fact, verdict } = facts;
  const { relation, left, right } = fact;
  const here = factText({ relation, left, right });
  const secondary = [
    { span: facts.declared, text: `${quoted(callee)} states it here` },
    ...originsOf([left, right]),
  ];
  if (verdict.kind !== "refuted") {
    const text = `${quoted(clause)} does not follow from the facts`;
    return finding("unproved-where", {
      primary: { span: at, text },
      secondary,
      notes: [`the facts in scope do not decide ${quoted(here)}`],
      clash: { relation, left, right, isSayable: true },
    });
  }
  const isOpen = verdict.counterexample.length > 0;
  return finding("refuted-where", {
    primary: { span: at, text: `${quoted(clause)} does not hold` },
    secondary,
    notes: [
      ...(here === clause || isOpen ? [] : [inNumbers(clause, fact)]),
      ...reasons(relation, left, right, verdict),
    ],
    clash: { relation, left, right, isSayable: isOpen },
  });
}

/** "here `D % H` is 4": the sides of a clause that are numbers, or the whole as it reads for this use. */
function inNumbers(clause: string, fact: Fact): string {
  const values = [fact.left, fact.right].map(constantOf);
  const written = (fact.text ?? clause).split(` ${fact.relation} `);
  const told = written.flatMap((text, i) =>
    values[i] === undefined || text === String(values[i])
      ? []
      : [`${quoted(text)} is ${String(values[i])}`],
  );
  if (told.length === 0 || written.length !== 2 || values.includes(undefined))
    return `here it reads ${quoted(factText({ relation: fact.relation, left: fact.left, right: fact.right }))}`;
  return `here ${told.join(" and ")}`;
}

/** A clause over flags or floats that is false for the arguments of a use. */
export const condition = ({
  at,
  callee,
  clause,
  declared: place,
}: At & {
  readonly callee: string;
  readonly clause: string;
  readonly declared: Span;
}): Diagnostic =>
  finding("refuted-where", {
    primary: { span: at, text: `${quoted(clause)} does not hold` },
    secondary: [{ span: place, text: `${quoted(callee)} states it here` }],
  });

/** A free dimension that only the result of a signature names. */
export const freeDimInResult = ({
  name,
  at,
  near = [],
}: At & { readonly name: string; readonly near?: readonly string[] }): Diagnostic =>
  finding("free-dim-in-result", {
    primary: { span: at, text: `no argument determines ${quoted(name)}` },
    notes: ["a dimension of the result comes from the arguments, or from a static argument"],
    proposals: [...renaming(at, nearest(name, near)), { kind: "size", at }],
  });
