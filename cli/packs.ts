// Packs at a call: the leading axes that `...` stands for become one axis of a compiled entry, and come back in its results.
import type { Entry } from "../compiler/ir/program.js";
import { symOf, type Dim, type Sym } from "../compiler/types/dim.js";
import { isPack, showType } from "../compiler/types/tensor.js";
import type { HostTensor } from "../runtime/weights.js";
import type { Tensors } from "./backend.js";
import { dataFault } from "./faults.js";

/** Inputs as an entry takes them, and how its results get their axes back. */
export interface Collapsed {
  readonly inputs: Tensors;
  readonly restore: (results: Tensors) => Tensors;
}

/** Joins the axes that packs stand for. Ranks that do not fit are left to the check of the call. */
export function collapsePacks({ signature, program }: Entry, given: Tensors): Collapsed {
  const packs = new Map<Sym, readonly number[]>();
  const inputs = new Map(given);
  for (const spec of signature.inputs) {
    const tensor = given.get(spec.name);
    const axis = spec.shape.findIndex(isPack);
    const count = tensor === undefined ? -1 : tensor.shape.length - spec.shape.length + 1;
    if (!tensor || axis < 0 || count < 0) continue;
    const sizes = tensor.shape.slice(axis, axis + count);
    remember(packs, spec.shape[axis], sizes, `\`${spec.name}\` is declared as ${showType(spec)}`);
    inputs.set(spec.name, {
      ...tensor,
      shape: tensor.shape.toSpliced(axis, count, product(sizes)),
    });
  }
  const shapes = new Map(program.outputs.map(({ name, value }) => [name, value.type.shape]));
  return {
    inputs,
    restore: (results) =>
      new Map(
        [...results].map(([name, tensor]) => [name, expand(tensor, shapes.get(name) ?? [], packs)]),
      ),
  };
}

function remember(
  packs: Map<Sym, readonly number[]>,
  axis: Dim | undefined,
  sizes: readonly number[],
  declared: string,
): void {
  const sym = axis && symOf(axis);
  if (!sym) return;
  const known = packs.get(sym);
  packs.set(sym, known ?? sizes);
  if (known === undefined || known.join() === sizes.join()) return;
  const [now, before] = [sizes, known].map((axes) => `[${axes.join(", ")}]`);
  throw dataFault(
    "input-shape",
    `${declared}, but its leading axes are ${String(now)} where another input has ${String(before)}`,
  );
}

function expand(
  tensor: HostTensor,
  declared: readonly Dim[],
  packs: ReadonlyMap<Sym, readonly number[]>,
): HostTensor {
  if (declared.length !== tensor.shape.length) return tensor;
  const shape = tensor.shape.flatMap((size, axis) => {
    const sym = declared[axis] && symOf(declared[axis]);
    return (sym && packs.get(sym)) ?? [size];
  });
  return { ...tensor, shape };
}

const product = (sizes: readonly number[]): number => sizes.reduce((all, size) => all * size, 1);
