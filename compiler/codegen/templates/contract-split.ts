// Which part of a contraction a workgroup computes, and long sums in two launches: parts of each sum first, then the sums of parts.
import { call, literal, type ScalarExpr } from "../../scalar/expr.js";
import {
  add,
  ceilDiv,
  constantOf,
  floorDiv,
  int,
  min,
  mod,
  mul,
  numel,
  scale,
  symbol,
  type Dim,
} from "../../types/dim.js";
import { delinearize, linearize } from "../../types/place.js";
import { KernelBuilder, type BoundLaunch, type KernelContext, type Scratch } from "../builder.js";
import { storeEpilogue, type ContractKernelSpec, type ContractSpace } from "./contract-space.js";
import { computedIn } from "../../types/dtype.js";

/** Parts that each sum is computed in, one behind the other in scratch memory. */
export interface Parts {
  readonly count: number;
  readonly scratch: Scratch;
  /** Elements of one part. */
  readonly size: Dim;
}

/** The parts of a contraction; undefined for one. */
export function partsOf({ result }: ContractKernelSpec, count: number): Parts | undefined {
  if (count === 1) return undefined;
  const { dtype, shape } = result.type;
  const size = numel(shape);
  return {
    count,
    size,
    scratch: { kind: "scratch", dtype: computedIn(dtype), elements: scale(size, count) },
  };
}

/** What a workgroup computes: a tile of one product, over some steps along k. */
export interface Frame {
  readonly batch: Dim;
  /** First row and column of the tile. */
  readonly top: Dim;
  readonly left: Dim;
  /** First step along k and the one after the last; whole rounds of the schedule's depth, but for the end of k. */
  readonly from: Dim;
  readonly to: Dim;
  /** Stores neighbouring results, or parts of them. */
  readonly store: (own: readonly Own[]) => void;
  readonly groups: Dim;
}

/** An element of the result, or a part of it. */
interface Own {
  readonly at: readonly Dim[];
  readonly total: ScalarExpr;
}

/** Finds the tile of a workgroup by its number: columns first, then rows, products, parts. */
export function openFrame(
  builder: KernelBuilder,
  spec: ContractKernelSpec,
  space: ContractSpace,
  tile: { readonly rows: number; readonly columns: number; readonly depth: number },
  parts: Parts | undefined,
): Frame {
  const { body } = builder;
  const [across, down] = [ceilDiv(space.n, int(tile.columns)), ceilDiv(space.m, int(tile.rows))];
  const group = symbol(builder.group);
  const line = floorDiv(group, across);
  const block = floorDiv(line, down);
  const part = parts && body.index("part", floorDiv(block, space.batch), int(parts.count));
  const frame = {
    batch: body.index("batch", part ? mod(block, space.batch) : block, space.batch),
    top: body.index("top", scale(mod(line, down), tile.rows), space.m),
    left: body.index("left", scale(mod(group, across), tile.columns), space.n),
  };
  if (!parts || !part) {
    const groups = mul(space.batch, across, down);
    const store = (own: readonly Own[]): void => {
      storeEpilogue(builder, spec, own);
    };
    return { ...frame, from: int(0), to: space.k, store, groups };
  }
  const rounds = ceilDiv(space.k, int(tile.depth * parts.count));
  const from = body.index("from", mul(part, scale(rounds, tile.depth)));
  const to = body.index("to", min(add(from, scale(rounds, tile.depth)), space.k));
  const store = (own: readonly Own[]): void => {
    for (const { at, total } of own) {
      const place = linearize(at, spec.result.type.shape);
      builder.storeAt(parts.scratch, add(mul(part, parts.size), place), total);
    }
  };
  return { ...frame, from, to, store, groups: mul(int(parts.count), space.batch, across, down) };
}

/** The second launch: adds the parts of each element in order and stores what follows from the sum. */
export function sumParts(
  context: KernelContext,
  spec: ContractKernelSpec,
  parts: Parts,
  workgroupSize: number,
): BoundLaunch {
  const { shape, dtype } = spec.result.type;
  const together = (constantOf(parts.size) ?? 1) % 4 === 0 ? 4 : 1;
  const builder = new KernelBuilder(context, workgroupSize);
  const { body } = builder;
  const count = ceilDiv(parts.size, int(together));
  const i = body.index("i", builder.invocation, count);
  body.when([body.less(i, count)], () => {
    const totals = range(together).map(() => body.variable(literal(0, dtype)));
    const binding = builder.bindingOf(parts.scratch, "read");
    body.loop("part", int(0), int(parts.count), int(1), (part) => {
      const values = range(together).map((j): ScalarExpr => {
        const place = add(mul(part, parts.size), scale(i, together), int(j));
        return body.load(binding, place, dtype, "part");
      });
      for (const [j, total] of totals.entries()) {
        const value = values[j];
        if (value)
          body.push({ kind: "assign", name: total.name, value: call("add", total, value) });
      }
    });
    const own = totals.map((total, j) => ({
      at: delinearize(add(scale(i, together), int(j)), shape),
      total: body.freeze(total),
    }));
    storeEpilogue(builder, spec, own);
  });
  return builder.finish(ceilDiv(count, int(workgroupSize)));
}

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
