// Where the leaves and results of a program live on the device, and which results may be written there directly.
import type { Place } from "../../runtime/format.js";
import type { Value } from "../ir/op.js";
import type { LeafSpec, Output, Program } from "../ir/program.js";
import { linearize } from "../types/place.js";
import { freshSym, symbol, type Dim } from "../types/dim.js";
import { isWord, type Planned } from "../schedule/index.js";

/** Names the memory of leaves and outputs. Undefined: a temporary. */
export interface Homes {
  leaf(spec: LeafSpec): Place;
  output(output: Output): Place | undefined;
}

/** Results by how they reach their home. */
export interface Placement {
  /** Values written straight to their home. */
  readonly direct: ReadonlyMap<Value, Place>;
  /** Values that overwrite a leaf element by element. */
  readonly aliases: ReadonlyMap<Value, Value>;
  /** Values copied to their home after the dispatches. */
  readonly copies: readonly { readonly value: Value; readonly to: Place }[];
}

const keyOf = (place: Place): string => JSON.stringify(place);

/** Decides for each output that has a home. */
export function placeOutputs(program: Program, order: readonly Planned[], homes: Homes): Placement {
  const direct = new Map<Value, Place>();
  const aliases = new Map<Value, Value>();
  const copies: { value: Value; to: Place }[] = [];
  const leaves = leavesByHome(program, homes);
  const kept = program.outputs.flatMap(({ value, ...rest }) => {
    const place = homes.output({ value, ...rest });
    return place && leaves.get(keyOf(place)) !== value ? [{ value, place }] : [];
  });
  for (const { value, place } of kept) {
    const leaf = leaves.get(keyOf(place));
    const writer = order.find((p) => p.writes.has(value));
    const isShared = kept.filter((k) => k.value === value).length > 1;
    const isRead = leaf !== undefined && order.some((p) => p.reads.has(leaf));
    if (!writer || isShared) copies.push({ value, to: place });
    else if (leaf && isOverwritten(leaf, writer, order)) aliases.set(value, leaf);
    else if (isRead) copies.push({ value, to: place });
    else direct.set(value, place);
  }
  return settle({ direct, aliases, copies }, order, homes);
}

function leavesByHome(program: Program, homes: Homes): Map<string, Value> {
  const leaves = program.graph.values.filter((v) => v.op.lower.kind === "leaf" && !isWord(v));
  return new Map(leaves.map((v) => [keyOf(homes.leaf(v.attrs as LeafSpec)), v]));
}

const isOverwritten = (leaf: Value, writer: Planned, order: readonly Planned[]): boolean =>
  isReadOnlyBy(leaf, writer, order) && overwrites(writer, leaf);

const isReadOnlyBy = (leaf: Value, writer: Planned, order: readonly Planned[]): boolean =>
  order.every((p) => p === writer || !p.reads.has(leaf));

/** Whether the kernel reads only the element of the leaf that it is about to overwrite. */
function overwrites(writer: Planned, leaf: Value): boolean {
  if (writer.group.kind !== "map") return false;
  return [...writer.writes].every((store) => {
    const at = store.type.shape.map((size) => symbol(freshSym("p", "index", undefined, size)));
    const own = linearize(at, store.type.shape).key;
    return readsOnlyAt(store, at, { leaf, own, seen: new Set() });
  });
}

interface Own {
  readonly leaf: Value;
  readonly own: string;
  readonly seen: Set<string>;
}

function readsOnlyAt(value: Value, at: readonly Dim[], context: Own): boolean {
  if (value === context.leaf) return linearize(at, value.type.shape).key === context.own;
  const key = `${String(value.id)}@${at.map((d) => d.key).join(",")}`;
  if (context.seen.has(key)) return true;
  context.seen.add(key);
  const { lower } = value.op;
  if (lower.kind === "pointwise") return value.operands.every((o) => readsOnlyAt(o, at, context));
  if (lower.kind !== "view") return true;
  const looked = new Set<Value | undefined>();
  const view = {
    operands: value.operands.map((o) => o.type),
    result: value.type,
    lookup: (operand: number, _: readonly Dim[], bound: Dim): Dim => {
      looked.add(value.operands[operand]);
      return symbol(freshSym("p", "index", undefined, bound));
    },
  };
  const pieces = lower.pieces(at, view, value.attrs);
  const areOwn = pieces.every((piece) => {
    const operand = value.operands[piece.operand];
    return operand !== undefined && readsOnlyAt(operand, piece.index, context);
  });
  return areOwn && !looked.has(context.leaf);
}

/** The buffer that a place is part of. */
export function bufferOf(place: Place): string {
  switch (place.kind) {
    case "temporary":
      return `temporary ${String(place.arena)}`;
    case "input":
      return "inputs";
    case "variable":
      return `${place.role}s`;
    case "gradient":
      return "gradients";
    case "range":
      return place.of;
    case "moment":
      return `moment ${place.name}`;
    case "number":
      return `number ${place.name}`;
  }
}

/** Turns into copies whatever would have a dispatch both read and write one buffer. */
function settle(placement: Placement, order: readonly Planned[], homes: Homes): Placement {
  const direct = new Map(placement.direct);
  const aliases = new Map(placement.aliases);
  const copies = [...placement.copies];
  const placeOf = (value: Value): Place | undefined => {
    const home = aliases.get(value) ?? value;
    return home.op.lower.kind === "leaf" && !isWord(home)
      ? homes.leaf(home.attrs as LeafSpec)
      : direct.get(value);
  };
  for (const { reads, writes } of order) {
    const overwritten = new Set([...writes].map((w) => aliases.get(w)));
    const read = new Set<string>();
    for (const value of reads) {
      const place = overwritten.has(value) ? undefined : placeOf(value);
      if (place) read.add(bufferOf(place));
    }
    for (const value of writes) {
      const to = placeOf(value);
      if (!to || !read.has(bufferOf(to))) continue;
      direct.delete(value);
      aliases.delete(value);
      copies.push({ value, to });
    }
  }
  return { direct, aliases, copies };
}
