// Compiles printed programs and runs them: on the float64 reference always, on a WebGPU device where there is one.
import { buildArtifact } from "../../../compiler/artifact/index.js";
import { compile, renderText } from "../../../compiler/index.js";
import type { Compiled, Entry, LeafSpec } from "../../../compiler/ir/program.js";
import { evaluateAll } from "../../../compiler/reference/evaluate.js";
import type { Tensor } from "../../../compiler/reference/tensor.js";
import { openPackage } from "../../../cli/host.js";
import type { Device } from "../../../runtime/device.js";
import type { InputValue } from "../../../runtime/inputs.js";
import { load } from "../../../runtime/session.js";
import type { Elements, ElementType } from "./expressions.js";
import type { Printed } from "./printer.js";

const { host } = openPackage(".");

const programs = new Map<string, Compiled>();

/** Compiles a program, once for each text. */
export function compiledOf(text: string): Compiled {
  const known = programs.get(text);
  if (known) return known;
  const result = compile({ path: "program.dl", text }, host, { fn: "program" });
  if (!result.ok) throw new Refused(renderText(result.diagnostics), text);
  programs.set(text, result.value);
  return result.value;
}

/** A program that the compiler refuses: the translation or the compiler is wrong. */
export class Refused extends Error {
  constructor(messages: string, text: string) {
    super(`refused:\n${messages}\n${text}`);
  }
}

/** The result of a program by its definition. */
export function referenceRun({ text, inputs }: Printed): Elements {
  const entry = entryOf(compiledOf(text));
  const byName = new Map(inputs.map((input) => [input.name, input]));
  const leaves = ({ name, dtype }: LeafSpec): Tensor => {
    const given = byName.get(name);
    if (!given) return { dtype, shape: [], data: exact(dtype, [0]) };
    return { dtype, shape: [...given.of.shape], data: exact(dtype, given.elements) };
  };
  const [out] = evaluateAll(entry.program, { dims: new Map(), leaves });
  if (!out) throw new Error("no result");
  return elementsOf(out.dtype as ElementType, out.data);
}

/** The result of a program on a device. */
export async function deviceRun(device: Device, { text, inputs }: Printed): Promise<Elements> {
  const compiled = compiledOf(text);
  const artifact = buildArtifact(compiled, { target: device.target });
  const session = await load(artifact, { device });
  try {
    const given = inputs.map(({ name, of, elements }): [string, InputValue] => [
      name,
      { dtype: of.dtype, shape: [...of.shape], data: elements },
    ]);
    const results = await session.run(entryOf(compiled).name, Object.fromEntries(given));
    const [out] = Object.values(results);
    if (!out) throw new Error("no result");
    return elementsOf(out.dtype as ElementType, out.data);
  } finally {
    session.dispose();
  }
}

function entryOf(compiled: Compiled): Entry {
  const [entry] = compiled.entries;
  if (!entry) throw new Error("no entry");
  return entry;
}

function exact(dtype: string, elements: ArrayLike<number>): Tensor["data"] {
  if (dtype === "f32") return Float64Array.from(elements);
  if (dtype === "i32") return Int32Array.from(elements);
  return dtype === "bool" ? Uint8Array.from(elements) : Uint32Array.from(elements);
}

/** Elements in the array type of their dtype. */
export function elementsOf(dtype: ElementType, data: ArrayLike<number>): Elements {
  if (dtype === "f32") return Float32Array.from(data);
  return dtype === "i32" ? Int32Array.from(data) : Uint8Array.from(data);
}
