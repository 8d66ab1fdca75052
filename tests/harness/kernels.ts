// Runs graphs on a device and on the reference, and compares.
import { buildArtifact, type BuildOptions } from "../../compiler/artifact/index.js";
import type { Graph } from "../../compiler/ir/graph.js";
import type { Value } from "../../compiler/ir/op.js";
import type { Compiled, Entry, LeafSpec, Program } from "../../compiler/ir/program.js";
import { evaluate } from "../../compiler/reference/evaluate.js";
import type { Tensor } from "../../compiler/reference/tensor.js";
import { symsOf, type Sym } from "../../compiler/types/dim.js";
import type { Device } from "../../runtime/device.js";
import type { KernelText } from "../../runtime/format.js";
import type { KernelSource } from "../../runtime/pipeline.js";
import { load, type InputValue, type Session } from "../../runtime/index.js";
import { expectClose, type Tolerance } from "./tolerance.js";

/** A program as an entry whose inputs are its leaves. */
export function entryOf(name: string, program: Program): Entry {
  const inputs = program.graph.values.flatMap((v) =>
    v.op.lower.kind === "leaf" ? [v.attrs as LeafSpec] : [],
  );
  const symbols = [...new Set(inputs.flatMap((i) => i.shape.flatMap((d) => [...symsOf(d)])))];
  return { name, signature: { symbols, inputs, guards: [] }, program };
}

/** Values of one graph as a program. */
export const programOf = (graph: Graph, values: readonly Value[]): Program => ({
  graph,
  outputs: values.map((value, i) => ({ name: `out${String(i)}`, role: "result" as const, value })),
});

/** A model that only has entries. */
export const modelOf = (entries: readonly Entry[]): Compiled => ({
  name: "test",
  variables: [],
  entries,
  init: [],
  steps: [],
});

/** A session on a device for programs by name. */
export async function sessionOf(
  device: Device,
  programs: ReadonlyMap<string, Program>,
  options?: Partial<BuildOptions>,
): Promise<Session> {
  const entries = [...programs].map(([name, program]) => entryOf(name, program));
  return load(buildArtifact(modelOf(entries), { target: device.target, ...options }), { device });
}

/** What a device is given for a tensor of the reference. */
export const inputsOf = (tensors: ReadonlyMap<string, Tensor>): Record<string, InputValue> =>
  Object.fromEntries([...tensors].map(([name, { data, shape }]) => [name, { data, shape }]));

/** Runs a program on both and compares every result; the device is `given` less where its program asks for less. */
export async function expectSame(
  session: Session,
  name: string,
  program: Program,
  tensors: ReadonlyMap<string, Tensor>,
  tolerance: Tolerance,
  dims: ReadonlyMap<Sym, number> = new Map(),
  given: ReadonlyMap<string, Tensor> = tensors,
): Promise<void> {
  const wanted = evaluate(program, {
    dims,
    leaves: (spec) => tensors.get(spec.name) ?? missing(spec.name),
  });
  const found = await session.run(name, inputsOf(given));
  for (const [key, { data, shape }] of wanted) {
    const result = found[key] ?? missing(key);
    if (result.shape.join() !== shape.join())
      throw new Error(`${name}: shape [${result.shape.join()}] for [${shape.join()}]`);
    expectClose(result.data, data, tolerance, `${name}.${key}`);
  }
}

/** A kernel as a device is given it. */
export function sourceOf({ label, wgsl, bindings, hasWords }: KernelText): KernelSource {
  const buffers = bindings.map((use) => (use === "read" ? "read-only-storage" : "storage"));
  return { label, wgsl, bindings: hasWords ? [...buffers, "uniform"] : buffers };
}

/** Complains of a result that is not there. */
export function missing(name: string): never {
  throw new Error(`nothing named ${name}`);
}
