// Turns what type rules refuse or demand into diagnostics, in terms of the expressions that gave the operands.
import { textOf, type Span } from "../../grammar/source.js";
import { shapes, shortened, type Diagnostic } from "../diagnostics/index.js";
import type { TypeProblem } from "../ir/graph.js";
import type { Place, Requirement, Value } from "../ir/op.js";
import type { Verdict } from "../types/constraints.js";
import { same } from "../types/dim.js";
import type { TensorType } from "../types/tensor.js";

/** What is known of where values come from. */
interface Written {
  mentionOf(value: Value): { readonly span: Span; readonly text: string } | undefined;
  isWritten(value: Value): boolean;
}

/** A requirement of `value`'s op that the facts do not prove. */
export function reportRequirement(
  ctx: Written,
  requirement: Requirement,
  value: Value,
  verdict: Verdict,
  span: Span,
): Diagnostic {
  const { code, relation, left, right } = requirement;
  const { operands, places } = asWritten(ctx, value.operands, requirement.at, span);
  return shapes.requirement({ at: span, code, operands, places, relation, left, right, verdict });
}

/** A refusal of a type rule. */
export function reportProblem(ctx: Written, fault: TypeProblem, span: Span): Diagnostic {
  const { problem, at, facts } = fault.problem;
  const { operands, places } = asWritten(ctx, fault.operands, at, span);
  return shapes.problem({ at: span, code: problem, operands, places, ...(facts ? { facts } : {}) });
}

interface Shown {
  readonly operands: readonly {
    readonly name: string;
    readonly type: TensorType;
    readonly span?: Span;
  }[];
  readonly places: readonly Place[];
}

const ordinals = ["first", "second", "third"];

/** The operands as the reader wrote them: without the broadcasts and reshapes that were put in, axes moved back accordingly. */
function asWritten(
  ctx: Written,
  operands: readonly Value[],
  places: readonly Place[],
  span: Span,
): Shown {
  const written = operands.map((v, i) => {
    const origin = ctx.mentionOf(v);
    const source = sourceOf(ctx, v);
    const name = origin?.text ?? `${ordinals[i] ?? "an"} operand of ${textOf(span)}`;
    return { name: shortened(name), type: source.type, ...(origin ? { span: origin.span } : {}) };
  });
  const moved = places.map((place): Place => {
    const value = operands[place.operand];
    if (!value || place.axis === undefined) return place;
    const axis = axisIn(sourceOf(ctx, value).type, value.type, place.axis);
    return axis === undefined ? { operand: place.operand } : { operand: place.operand, axis };
  });
  return { operands: written, places: moved };
}

/** The value behind views that nobody wrote. */
function sourceOf(ctx: Written, value: Value): Value {
  const [first] = value.operands;
  return ctx.isWritten(value) || value.op.lower.kind !== "view" || !first
    ? value
    : sourceOf(ctx, first);
}

/** Axes count from the back when an operand was broadcast: new axes come in front. */
function axisIn(written: TensorType, used: TensorType, axis: number): number | undefined {
  const wanted = used.shape[axis];
  const fromBack = written.shape.length - used.shape.length + axis;
  const there = written.shape[fromBack];
  if (wanted && there && same(wanted, there)) return fromBack;
  const elsewhere = written.shape.findIndex((d) => wanted && same(d, wanted));
  return elsewhere >= 0 ? elsewhere : there ? fromBack : undefined;
}
