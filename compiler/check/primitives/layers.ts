// Primitives that look over all layers of a model: what each of them answers, and what their parameters have learned.
import { gradients, names, nearest } from "../../diagnostics/index.js";
import type { Value } from "../../ir/op.js";
import { InternalError } from "../../ir/internal-error.js";
import * as ops from "../../ops/index.js";
import { freshSym, numel, symbol } from "../../types/dim.js";
import { meaningOf } from "../arguments.js";
import {
  UNKNOWN,
  describe,
  tensorOf,
  type Callable,
  type GivenArg,
  type Instance,
} from "../meaning.js";
import { asTensor } from "../operators.js";
import type { Primitive, PrimitiveCall } from "../primitive.js";

const every: Primitive = {
  name: "every",
  doc: "What the function `name` of every layer of a model that declares one gives, one after the other along one axis: `every(net, name)`; arguments of the function follow the name.",
  params: ["arguments…"],
  apply: (call) => {
    const [given, called, ...args] = call.rest;
    const root = given && modelOf(call, given);
    const name = called?.expr?.node.kind === "name" ? called.expr.node.name : undefined;
    if (!root || name === undefined)
      return call.refuse(
        names.wrongKind({
          at: called?.span ?? call.span,
          expected: "a model and the name of a function of its layers",
          found: "something else",
        }),
      );
    const values = args.map((arg) => meaningOf(call.ctx, arg));
    if (values.some((value) => value.kind === "unknown")) return UNKNOWN;
    const evaluated = args.map(({ span }, i) => ({ span, meaning: values[i] ?? UNKNOWN }));
    return answers(call, root, { name, args: evaluated, at: called?.span ?? call.span });
  },
};

function modelOf(call: PrimitiveCall, given: GivenArg): Instance | undefined {
  const meaning = meaningOf(call.ctx, given);
  if (meaning.kind === "unknown") return call.end();
  if (meaning.kind === "instance") return meaning.instance;
  return call.refuse(
    names.wrongKind({ at: given.span, expected: "a layer", found: describe(meaning) }),
  );
}

interface Question {
  readonly name: string;
  readonly args: readonly GivenArg[];
  readonly at: GivenArg["span"];
}

function answers(
  call: PrimitiveCall,
  root: Instance,
  { name, args, at }: Question,
): ReturnType<Primitive["apply"]> {
  const { ctx } = call;
  // Adapters are put around layers when a model is built; until then nobody knows how many there are.
  if (!ctx.concrete)
    return tensorOf(ctx.opaque(ctx.float, [symbol(freshSym("N", "size", call.span))], name));
  const functions = ctx.layersUnder(root).flatMap(functionsOf);
  const asked = functions.filter(({ decl }) => decl.name.name === name);
  if (asked.length === 0)
    call.refuse(
      names.unknownMember({
        name,
        of: `a layer of \`${root.decl.name.name}\``,
        at,
        near: nearest(
          name,
          functions.map(({ decl }) => decl.name.name),
        ),
      }),
    );
  const parts = asked.map((callable) => {
    const answer = ctx.apply({ kind: "callable", callable }, args, call.span, at);
    const value = answer.kind === "unknown" ? undefined : asTensor(ctx, answer, ctx.float, at);
    return value ? flat(call, value) : call.end();
  });
  return call.result(() => joined(parts));
}

/** Most parts that one kernel joins: a device binds few buffers. */
const mostJoined = 6;

/** Vectors one after the other, joined by a few at a time. */
function joined(parts: readonly Value[]): Value {
  const [first, ...rest] = parts;
  if (!first) throw new InternalError("nothing to join");
  if (parts.length <= mostJoined) return ops.concat(first, ...rest, { axis: 0 });
  const share = Math.ceil(parts.length / mostJoined);
  const several = Array.from({ length: Math.ceil(parts.length / share) }, (_, i) =>
    joined(parts.slice(i * share, (i + 1) * share)),
  );
  return joined(several);
}

/** The functions that a layer declares itself. */
const functionsOf = (self: Instance): readonly (Callable & { readonly kind: "fn" })[] =>
  self.decl.members.flatMap((decl) =>
    decl.kind === "fn" ? [{ kind: "fn" as const, decl, scope: self.scope, self }] : [],
  );

/** All elements of a tensor along one axis. */
const flat = (call: PrimitiveCall, value: Value): Value =>
  call.emit(() => ops.reshape(value, { shape: [numel(value.type.shape)] }));

const slope: Primitive = {
  name: "slope",
  doc: "The gradient of the loss with respect to a trained parameter, before it is clipped: in the `after` of a train declaration.",
  params: ["p"],
  apply: (call) => {
    const value = call.tensor("p");
    if (!call.ctx.concrete) return tensorOf(call.ctx.opaque(value.type.dtype, value.type.shape));
    const found = call.ctx.slopes?.get(value);
    return found
      ? tensorOf(found)
      : call.refuse(gradients.noSlope({ at: call.spanOf("p"), isAfter: !!call.ctx.slopes }));
  },
};

export const overLayers: readonly Primitive[] = [every, slope];
