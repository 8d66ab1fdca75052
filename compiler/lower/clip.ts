// What runs over all gradients of a step before its updates: clipping, and in mixed precision the scale of the loss.
import type { Setting } from "../../grammar/ast.js";
import type { Context } from "../check/context.js";
import { floatOf, type Scope } from "../check/meaning.js";
import { training } from "../diagnostics/index.js";
import { Graph } from "../ir/graph.js";
import type { Value } from "../ir/op.js";
import type { Output, Program } from "../ir/program.js";
import * as ops from "../ops/index.js";
import { symbol, type Sym } from "../types/dim.js";
import { flatLength } from "./flat.js";
import { inverse, lossScale, scalingOutputs } from "./mixed.js";

/** What a run says of its gradients. */
export interface Clipping {
  readonly ctx: Context;
  readonly scope: Scope;
  /** `clip_norm`. */
  readonly setting: Setting | undefined;
  readonly isMixed: boolean;
}

/** What runs over all gradients: the factor that clips them, and in mixed precision what an overflow changes. */
export function clipOf(wanted: Clipping): (Program & { readonly length: Sym }) | undefined {
  const { setting, isMixed } = wanted;
  if (!setting && !isMixed) return undefined;
  const graph = new Graph();
  const length = flatLength();
  const shape = [symbol(length)];
  const spec = { name: "gradients", role: "input", dtype: "f32", shape } as const;
  const g = ops.leafOf(graph, spec);
  const scaled = isMixed ? lossScale(graph) : undefined;
  const value = factorOf(wanted, g, scaled && inverse(scaled));
  if (!value) return undefined;
  const outputs: readonly Output[] = [
    { name: "scale", role: "result", value },
    ...(scaled ? scalingOutputs(graph, g, scaled) : []),
  ];
  return { graph, outputs, length };
}

/** By what gradients are multiplied: to undo the scale of the loss, and to clip them. Undefined after a fault. */
function factorOf(wanted: Clipping, g: Value, undone: Value | undefined): Value | undefined {
  if (!wanted.setting) return undone;
  const clip = scaleOf(wanted, wanted.setting, g, undone);
  return clip && undone ? ops.mul(clip, undone) : clip;
}

/**
 * `min(1, clip_norm / (norm of all gradients + 1e-6))`, as `torch.nn.utils.clip_grad_norm_`, where `g` times `undone` are the
 * gradients; undefined after a fault.
 */
function scaleOf(
  { ctx, scope }: Clipping,
  setting: Setting,
  g: Value,
  undone?: Value,
): Value | undefined {
  const limit = ctx.evaluate(scope, setting.value);
  const bound = limit.kind === "number" ? floatOf(limit) : undefined;
  if (bound === undefined || bound <= 0) {
    ctx.report(
      training.badValue({
        name: "clip_norm",
        at: setting.value.span,
        expected: "a positive number",
      }),
    );
    return undefined;
  }
  const { graph } = g;
  graph.at = [setting.span];
  const number = (x: number): Value => ops.constantOf(graph, x, "f32");
  const own = ops.sqrt(ops.sum(ops.mul(g, g), { axes: [0] }));
  const norm = undone ? ops.mul(own, undone) : own;
  return ops.minimum(number(1), ops.div(number(bound), ops.add(norm, number(1e-6))));
}
