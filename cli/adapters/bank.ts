// Puts adapters of LoRA's kind into the slots of a bank, each padded to the bank's rank by zeros, which add nothing.
import type { Compiled } from "../../compiler/ir/program.js";
import type { HostTensor } from "../../runtime/weights.js";
import type { Tensors } from "../backend.js";
import { dataFault } from "../faults.js";
import type { NotedAdapter, OpenedAdapter } from "./file.js";

/** An adapter of LoRA's kind on one layer: what it adds is `scale * B A`. */
interface Update {
  readonly path: string;
  readonly scale: number;
  readonly rank: number;
  /** `[rank, In]`. */
  readonly a: HostTensor;
  /** `[Out, rank]`. */
  readonly b: HostTensor;
}

/** Slots of one layer of a bank: A is `[count, rank, In]` and B `[count, rank, Out]`. */
interface Slots {
  readonly path: string;
  readonly count: number;
  readonly rank: number;
  readonly inputs: number;
  readonly outputs: number;
}

/**
 * The tensors of a bank with an adapter in one of its slots, in the place of what was there. Layers of the bank that the adapter does not
 * know get zeros. Throws a fault that names both sides where the adapter has layers that the bank lacks, a rank above the bank's, other
 * sizes, or anything that is not A and B alone.
 */
export function intoSlot(
  bank: Compiled,
  values: Tensors,
  slot: number,
  adapter: OpenedAdapter,
): Tensors {
  const slots = slotsOf(bank);
  const count = Math.min(...[...slots.values()].map((s) => s.count));
  if (!(Number.isInteger(slot) && slot >= 0 && slot < count))
    throw dataFault(
      "bank-slot",
      `\`${bank.name}\` has slots 0 to ${String(count - 1)}, and \`${adapter.file}\` was to go into ${String(slot)}`,
    );
  const faults: string[] = [];
  const found = new Map<string, Update>();
  for (const noted of adapter.adapters) {
    const own = slots.get(noted.path);
    const update = own
      ? updateOf(noted, adapter.tensors)
      : `it adapts \`${noted.path}\`, which \`${bank.name}\` has no slots for`;
    if (typeof update === "string") faults.push(update);
    else if (own) {
      faults.push(...misfits(update, own));
      found.set(noted.path, update);
    }
  }
  if (faults.length > 0)
    throw dataFault(
      "bank-mismatch",
      `\`${adapter.file}\` does not fit the slots of \`${bank.name}\`:\n  ${faults.slice(0, 8).join("\n  ")}`,
    );
  const changed = new Map(values);
  for (const own of slots.values()) {
    const update = found.get(own.path);
    const a = written(values, `${own.path}.lora_a`, own, slot, own.inputs, (r, i) =>
      update && r < update.rank ? (update.a.data[r * own.inputs + i] ?? NaN) : 0,
    );
    const b = written(values, `${own.path}.lora_b`, own, slot, own.outputs, (r, o) =>
      update && r < update.rank ? update.scale * (update.b.data[o * update.rank + r] ?? NaN) : 0,
    );
    changed.set(`${own.path}.lora_a`, a).set(`${own.path}.lora_b`, b);
  }
  return changed;
}

/** The layers of a model that are banks, by path: those whose A and B have an axis of slots. */
function slotsOf({ name, adapters, variables }: Compiled): ReadonlyMap<string, Slots> {
  const shapes = new Map(variables.map((v) => [v.path, v.shape]));
  const found = (adapters ?? []).flatMap(({ path }): Slots[] => {
    const [a = [], b = []] = [shapes.get(`${path}.lora_a`), shapes.get(`${path}.lora_b`)];
    const [count = 0, rank = 0, inputs = 0] = a;
    const [same, equal, outputs = 0] = b;
    const isBank = a.length === 3 && b.length === 3 && count === same && rank === equal;
    return isBank ? [{ path, count, rank, inputs, outputs }] : [];
  });
  if (found.length > 0) return new Map(found.map((s) => [s.path, s]));
  throw dataFault(
    "no-bank",
    `\`${name}\` has no bank of adapters`,
    "build a model with `adapt … by lora_bank(rank = …, count = …, batch = …)`",
  );
}

/** A and B of an adapter on a layer; what speaks against it where it has more than these. */
function updateOf({ path, adapter, scale }: NotedAdapter, tensors: Tensors): Update | string {
  const own = [...tensors.keys()].filter((name) => name.startsWith(`${path}.`));
  const [a, b] = [tensors.get(`${path}.lora_a`), tensors.get(`${path}.lora_b`)];
  const others = own.filter((name) => !/\.lora_[ab]$/.test(name));
  const rank = a?.shape[0];
  if (!a || !b || others.length > 0 || scale === undefined || rank === undefined)
    return `at \`${path}\` it has \`${adapter}\`${others.length > 0 ? ` with \`${others.join("`, `")}\`` : ""}, and a bank holds A and B of LoRA`;
  return { path, scale, rank, a, b };
}

function misfits({ path, rank, a, b }: Update, own: Slots): readonly string[] {
  if (rank > own.rank)
    return [
      `at \`${path}\` its rank is ${String(rank)}, and the bank holds ranks up to ${String(own.rank)}`,
    ];
  const [needA, needB] = [
    `${String(rank)}, ${String(own.inputs)}`,
    `${String(own.outputs)}, ${String(rank)}`,
  ];
  return [
    ...(a.shape.join(", ") === needA
      ? []
      : [`\`${path}.lora_a\` is [${a.shape.join(", ")}], and the bank's layer takes [${needA}]`]),
    ...(b.shape.join(", ") === needB
      ? []
      : [`\`${path}.lora_b\` is [${b.shape.join(", ")}], and the bank's layer takes [${needB}]`]),
  ];
}

/** A tensor `[count, rank, width]` with one slot written anew. */
function written(
  values: Tensors,
  path: string,
  { count, rank }: Slots,
  slot: number,
  width: number,
  at: (row: number, column: number) => number,
): HostTensor {
  const data = Float32Array.from(values.get(path)?.data ?? new Float32Array(count * rank * width));
  const start = slot * rank * width;
  for (let i = 0; i < rank * width; i++) data[start + i] = at(Math.floor(i / width), i % width);
  return { dtype: "f32", shape: [count, rank, width], data };
}
