// `scan`: a function applied along an axis, each time to the state that it left the time before.
import type { Span } from "../../../grammar/source.js";
import { scans } from "../../diagnostics/index.js";
import type { Value } from "../../ir/op.js";
import * as ops from "../../ops/index.js";
import { squeeze } from "../../ops/build.js";
import { int, sub, type Dim } from "../../types/dim.js";
import type { TensorType } from "../../types/tensor.js";
import { tensorOf, type GivenArg, type Meaning } from "../meaning.js";
import { asTensor } from "../operators.js";
import type { Primitive, PrimitiveCall } from "../primitive.js";

/** One tensor, or several as a tuple. */
interface Bundle {
  readonly values: readonly Value[];
  readonly isTuple: boolean;
}

const isTuple = (m: Meaning): m is Meaning & { readonly items: readonly Meaning[] } =>
  m.kind === "tuple" || m.kind === "list";

const bundle = ({ values, isTuple: isSeveral }: Bundle): Meaning => {
  const [first] = values;
  return first && !isSeveral
    ? tensorOf(first)
    : { kind: "tuple", items: values.map((value) => tensorOf(value)) };
};

const bundleOf = (call: PrimitiveCall, param: string): Bundle => ({
  isTuple: isTuple(call.meaning(param)),
  values: call.tensorsIn(param),
});

/** How the axis runs: which one of the elements' it is, and in which direction. */
interface Course {
  readonly axis: number;
  readonly isReverse: boolean;
}

const scan: Primitive = {
  name: "scan",
  doc: "`f(state, x)` along an axis of `xs`, each time with the state that it left: gives the last state and what it gave besides, stacked.",
  params: ["f", "init", "xs", "axis?", "reverse?"],
  apply: (call) => {
    const [init, xs] = [bundleOf(call, "init"), bundleOf(call, "xs")];
    const course = courseOf(call, xs);
    const length = lengthOf(call, xs, course);
    const sequences = xs.values.map((x) => call.emit(() => inOrder(x, axisIn(call, x), course)));
    const states = init.values.map((v) => placeholder(call, v.type));
    const elements = sequences.map(({ type }) =>
      placeholder(call, { ...type, shape: type.shape.slice(1) }),
    );
    const given = { init: { ...init, values: states }, xs: { ...xs, values: elements } };
    const number = placeholder(call, { dtype: "i32", shape: [] });
    const { next, collected } = inRound(call, number, () => oneRound(call, given));
    const counted = ops.iotaOf(call.ctx.graph, [length], 0, "i32");
    const round: ops.Round = {
      length,
      starts: init.values,
      states,
      sequences: [...sequences, counted],
      elements: [...elements, number],
      outputs: [...next.values, ...collected.values],
    };
    const all: Value[] = [];
    call.emit(() => {
      all.push(...ops.emitScan(call.ctx.graph, round));
      return all[0] ?? call.end();
    });
    const final = all.slice(0, states.length).map((v) => call.emit(() => lastOf(v, length)));
    const ys = all.slice(states.length).map((v) => call.emit(() => backInPlace(v, course)));
    const items = [
      bundle({ values: final, isTuple: init.isTuple }),
      bundle({ values: ys, isTuple: collected.isTuple }),
    ];
    return { kind: "tuple", items };
  },
};

const axisIn = (call: PrimitiveCall, x: Value): number => call.axis("axis", x.type, 0);

function courseOf(call: PrimitiveCall, { values }: Bundle): Course {
  const [first] = values;
  if (!first) return call.refuse(scans.nothingToScan({ at: call.spanOf("xs") }));
  return { axis: axisIn(call, first), isReverse: call.bool("reverse", false) };
}

/** The number of rounds, which is the same for all sequences. */
function lengthOf(call: PrimitiveCall, { values }: Bundle, { axis }: Course): Dim {
  const { ctx } = call;
  const [first, ...others] = values;
  const length = first?.type.shape[axis] ?? call.end();
  for (const x of others) {
    const other = x.type.shape[axisIn(call, x)] ?? call.end();
    if (ctx.accepts(ctx.facts.equal(length, other))) continue;
    const named = { first: call.named(first ?? x, "first"), other: call.named(x, "this") };
    const place = { axis, otherAxis: axisIn(call, x) };
    call.refuse(scans.lengths({ at: call.spanOf("xs"), ...named, ...place }));
  }
  return length;
}

/** What stands for a state or an element while one round is evaluated. */
const placeholder = (call: PrimitiveCall, { dtype, shape }: TensorType): Value =>
  ops.leafOf(call.ctx.graph, { name: "%", role: "input", dtype, shape });

// ------------------------------------------------------------------- one round

/** Evaluates what belongs to one round; `number` stands for which one it is. */
function inRound<T>({ ctx }: PrimitiveCall, number: Value, body: () => T): T {
  ctx.rounds.push(number);
  try {
    return body();
  } finally {
    ctx.rounds.pop();
  }
}

interface Step {
  readonly next: Bundle;
  readonly collected: Bundle;
}

/** Evaluates the function once; what it gives first is the next state. */
function oneRound(
  call: PrimitiveCall,
  { init, xs }: { readonly init: Bundle; readonly xs: Bundle },
): Step {
  const { ctx } = call;
  const at = call.spanOf("f");
  const f = call.meaning("f");
  const written = new Map(ctx.states);
  const result = ctx.apply(f, argumentsOf(f, init, xs, call), call.span, at);
  if (result.kind === "unknown") return call.end();
  if ([...ctx.states].some(([name, value]) => written.get(name) !== value))
    call.refuse(scans.stateWritten({ at }));
  const parts = isTuple(result) ? flat(result, init) : undefined;
  if (!parts) return call.refuse(scans.result({ at, isTuple: init.isTuple }));
  const [next, collected] = parts.map(({ items, isSeveral }): Bundle => ({
    isTuple: isSeveral,
    values: items.map((m) => asTensor(ctx, m, ctx.float, at) ?? call.end()),
  }));
  if (!next || !collected) return call.end();
  for (const [i, value] of next.values.entries()) refuseChange(call, init.values[i], value, at);
  return { next, collected };
}

/** A lambda takes the state and the element; functions and layers take the tensors of both, one after the other. */
function argumentsOf(f: Meaning, init: Bundle, xs: Bundle, call: PrimitiveCall): GivenArg[] {
  const isLambda = f.kind === "callable" && f.callable.kind === "lambda";
  const asGiven = (param: string, values: Bundle): GivenArg[] => {
    const span = call.spanOf(param);
    if (isLambda) return [{ span, meaning: bundle(values) }];
    return values.values.map((value) => ({ span, meaning: tensorOf(value) }));
  };
  return [...asGiven("init", init), ...asGiven("xs", xs)];
}

interface Part {
  readonly items: readonly Meaning[];
  readonly isSeveral: boolean;
}

/** The next states and what is collected, of `(state, y)` or of all tensors in one tuple. */
function flat(
  { items }: { readonly items: readonly Meaning[] },
  init: Bundle,
): readonly [Part, Part] | undefined {
  const many = init.values.length;
  const [first, ...rest] = items;
  const isNested = first !== undefined && isTuple(first);
  if (isNested && first.items.length !== many) return undefined;
  const next = isNested ? first.items : items.slice(0, many);
  const others = isNested ? rest : items.slice(many);
  const [only] = others;
  if (next.length !== many || !only) return undefined;
  if (others.length > 1)
    return [
      { items: next, isSeveral: init.isTuple },
      { items: others, isSeveral: true },
    ];
  const collected = isTuple(only) ? only.items : [only];
  return [
    { items: next, isSeveral: init.isTuple },
    { items: collected, isSeveral: isTuple(only) },
  ];
}

/** Refuses a next state of another type than the state. */
function refuseChange(
  call: PrimitiveCall,
  before: Value | undefined,
  after: Value,
  at: Span,
): void {
  const { ctx } = call;
  if (!before) return;
  const [a, b] = [before.type, after.type];
  if (a.dtype === b.dtype && ctx.sameShape(a.shape, b.shape)) return;
  const place = ctx.originOf(after)?.span ?? at;
  ctx.reportAbout([after], scans.changedState({ at: place, before: a, after: b }));
  call.end();
}

// ----------------------------------------------------------------- arrangement

/** The axis in front, in the direction in which the rounds go. */
function inOrder(x: Value, axis: number, { isReverse }: Course): Value {
  const axes = x.type.shape.map((_, i) => i);
  const perm = [axis, ...axes.filter((i) => i !== axis)];
  const moved = axis === 0 ? x : ops.transpose(x, { perm });
  return isReverse ? ops.flip(moved, 0) : moved;
}

/** Undoes `inOrder` for what was collected; an axis behind the last becomes the last. */
function backInPlace(y: Value, { axis, isReverse }: Course): Value {
  const turned = isReverse ? ops.flip(y, 0) : y;
  const to = Math.min(axis, y.type.shape.length - 1);
  const perm = y.type.shape.map((_, i) => (i < to ? i + 1 : i === to ? 0 : i));
  return to === 0 ? turned : ops.transpose(turned, { perm });
}

/** What the last round left. */
const lastOf = (states: Value, length: Dim): Value =>
  squeeze(ops.sliceAxis(states, 0, sub(length, int(1)), int(1)), [0]);

export const recurrence: readonly Primitive[] = [scan];
