// Adds rows where ids say, without atomics: equal ids form chains in order, and each chain is summed by its first member.
import type { Value } from "../../ir/op.js";
import { call, dimExpr, literal, variable, type ScalarExpr } from "../../scalar/expr.js";
import { ceilDiv, floorDiv, int, mod, mul, numel, add, type Dim } from "../../types/dim.js";
import { elements } from "../../types/tensor.js";
import { delinearize } from "../../types/place.js";
import { KernelBuilder, type BoundLaunch, type KernelContext, type Scratch } from "../builder.js";

/** Zero fill, chains of equal ids, then sums along the chains. */
export function scatterKernels(
  context: KernelContext,
  result: Value,
  workgroupSize: number,
): BoundLaunch[] {
  const [updates, ids] = result.operands;
  if (!updates || !ids) throw new Error(`\`${result.op.name}\` needs updates and ids`);
  const next: Scratch = { kind: "scratch", dtype: "i32", elements: elements(ids.type) };
  return [
    fill(context, result, workgroupSize),
    chains(context, ids, result.type.shape[0] ?? int(1), next, workgroupSize),
    sums(context, result, updates, ids, next, workgroupSize),
  ];
}

function fill(context: KernelContext, result: Value, workgroupSize: number): BoundLaunch {
  const builder = new KernelBuilder(context, workgroupSize);
  const count = elements(result.type);
  const i = builder.body.index("i", builder.invocation, count);
  builder.body.when([builder.body.less(i, count)], () => {
    builder.storeAt(result, i, literal(0, result.type.dtype));
  });
  return builder.finish(ceilDiv(count, int(workgroupSize)));
}

/** For each id the place of the next equal one, or the count; `-1 - next` where an equal one came before. */
function chains(
  context: KernelContext,
  ids: Value,
  rows: Dim,
  next: Scratch,
  workgroupSize: number,
): BoundLaunch {
  const builder = new KernelBuilder(context, workgroupSize);
  const { body } = builder;
  const count = elements(ids.type);
  const i = body.index("i", builder.invocation, count);
  body.when([body.less(i, count)], () => {
    const id = (at: Dim): ScalarExpr =>
      builder.elements.clamped(builder.elements.at(ids, delinearize(at, ids.type.shape)), rows);
    const mine = body.freeze(id(i));
    const after = body.variable(dimExpr(count));
    const before = body.variable(literal(0, "i32"));
    body.loop("j", int(0), count, int(1), (j) => {
      const isEqual = call("eq", id(j), mine);
      const isNext = call("and", isEqual, body.less(i, j));
      const isBefore = call("and", isEqual, body.less(j, i));
      body.push({
        kind: "assign",
        name: after.name,
        value: call("select", isNext, call("min", after, dimExpr(j)), after),
      });
      body.push({
        kind: "assign",
        name: before.name,
        value: call("select", isBefore, literal(1, "i32"), before),
      });
    });
    const hidden = call("sub", literal(-1, "i32"), after);
    builder.storeAt(next, i, call("select", call("eq", before, literal(0, "i32")), after, hidden));
  });
  return builder.finish(ceilDiv(count, int(workgroupSize)));
}

function sums(
  context: KernelContext,
  result: Value,
  updates: Value,
  ids: Value,
  next: Scratch,
  workgroupSize: number,
): BoundLaunch {
  const builder = new KernelBuilder(context, workgroupSize);
  const { body } = builder;
  const rows = result.type.shape[0] ?? int(1);
  const width = numel(result.type.shape.slice(1));
  const idCount = elements(ids.type);
  const count = mul(idCount, width);
  const i = body.index("i", builder.invocation, count);
  const element = (row: Dim, column: Dim): ScalarExpr =>
    builder.elements.at(updates, delinearize(add(mul(row, width), column), updates.type.shape));
  const link = (row: Dim): ScalarExpr =>
    body.load(builder.bindingOf(next, "read"), row, "i32", "link");
  body.when([body.less(i, count)], () => {
    const row = body.index("row", floorDiv(i, width), idCount);
    const column = body.index("column", mod(i, width), width);
    const id = builder.elements.clamped(
      builder.elements.at(ids, delinearize(row, ids.type.shape)),
      rows,
    );
    const start = link(row);
    const place = body.bind(id, "target row", rows);
    body.when([call("le", literal(0, "i32"), start)], () => {
      const total = body.variable(element(row, column));
      const at = body.variable(start);
      body.repeat(call("lt", at, dimExpr(idCount)), () => {
        const j = body.bind(body.freeze(at), "link", idCount);
        const value = call("add", total, element(j, column));
        body.push({ kind: "assign", name: total.name, value });
        const following = link(j);
        // Only the first of a chain holds its link plainly.
        body.push({
          kind: "assign",
          name: at.name,
          value: call(
            "select",
            call("lt", following, literal(0, "i32")),
            call("sub", literal(-1, "i32"), following),
            following,
          ),
        });
      });
      builder.storeAt(result, add(mul(place, width), column), variable(total.name, total.dtype));
    });
  });
  return builder.finish(ceilDiv(count, int(workgroupSize)));
}
