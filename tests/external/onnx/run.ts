// Runs a translated program on the reference and on a device, and compares what comes out with what was expected.
import { join } from "node:path";
import { ReferenceBackend } from "../../../cli/backend/reference.js";
import { openPackage } from "../../../cli/host.js";
import { buildArtifact } from "../../../compiler/artifact/index.js";
import { compile, type Compiled } from "../../../compiler/index.js";
import type { Device } from "../../../runtime/device.js";
import { load } from "../../../runtime/session.js";
import type { HostTensor } from "../../../runtime/weights.js";
import type { Tensor } from "./model.js";
import { entryName, type Program } from "./translate.js";

/**
 * How far floats may be from what is expected: `absolute * max(1, rms) + relative * |expected|`, where `rms` is the root mean
 * square of the expected tensor, since what cancels to nearly nothing is to be judged by what it is a sum of.
 */
export const tolerance = { relative: 1e-3, absolute: 1e-5 } as const;

/** Programs are compiled as if they stood here. */
const place = join(import.meta.dirname, "program.dl");
const host = openPackage(import.meta.dirname).host;

/** Runs a program and says what is wrong with its results; undefined where nothing is. */
export async function judge(
  program: Program,
  given: ReadonlyMap<string, Tensor>,
  expected: readonly Tensor[],
  device: Device | undefined,
): Promise<string | undefined> {
  const compiled = compile({ path: place, text: program.text }, host, { fn: entryName, sets: {} });
  if (!compiled.ok) {
    const said = compiled.diagnostics.map(({ title, primary }) => `${title}: ${primary.text}`);
    return `does not compile: ${said.join("; ")}`;
  }
  const inputs = new Map(
    program.inputs.flatMap(({ name, from }) => {
      const tensor = given.get(from);
      return tensor ? [[name, hostTensor(tensor)] as const] : [];
    }),
  );
  const names = program.outputs.map(({ name }) => name);
  const reference = await new ReferenceBackend(compiled.value).run(entryName, inputs, scalars);
  const wrong = compare("reference", names, (name) => reference.get(name), expected);
  if (wrong !== undefined || !device) return wrong;
  const results = await runOn(device, compiled.value, inputs);
  return compare("device", names, (name) => results[name], expected);
}

const scalars = { seed: 0, step: 0 };

function hostTensor({ dtype, shape, data }: Tensor): HostTensor {
  switch (dtype) {
    case "i32":
      return { dtype, shape, data: Int32Array.from(data) };
    case "u32":
      return { dtype, shape, data: Uint32Array.from(data) };
    case "bool":
      return { dtype, shape, data: Uint8Array.from(data) };
    default:
      return { dtype, shape, data: Float32Array.from(data) };
  }
}

async function runOn(
  device: Device,
  compiled: Compiled,
  inputs: ReadonlyMap<string, HostTensor>,
): Promise<Readonly<Record<string, HostTensor>>> {
  const artifact = buildArtifact(compiled, { target: device.target });
  const session = await load(artifact, { device });
  try {
    return await session.run(entryName, Object.fromEntries(inputs));
  } finally {
    session.dispose();
  }
}

function compare(
  where: string,
  names: readonly string[],
  result: (name: string) => HostTensor | undefined,
  expected: readonly Tensor[],
): string | undefined {
  for (const [i, { dtype, data }] of expected.entries()) {
    const actual = result(names[i] ?? "")?.data ?? [];
    if (actual.length !== data.length)
      return `${where}: ${String(actual.length)} numbers against ${String(data.length)}`;
    const floor = dtype === "f32" ? tolerance.absolute * Math.max(1, rootMeanSquare(data)) : 0;
    const slope = dtype === "f32" ? tolerance.relative : 0;
    const isFar = (wanted: number, k: number): boolean =>
      !isNear(actual[k] ?? NaN, wanted, floor + slope * Math.abs(wanted));
    const at = data.findIndex(isFar);
    if (at >= 0)
      return `${where}: ${String(actual[at])} against ${String(data[at])} at ${String(at)} of result ${String(i)}`;
  }
  return undefined;
}

const isNear = (actual: number, wanted: number, allowed: number): boolean =>
  Object.is(actual, wanted) || actual === wanted || Math.abs(actual - wanted) <= allowed;

const rootMeanSquare = (data: readonly number[]): number =>
  Math.sqrt(data.reduce((sum, x) => sum + x * x, 0) / Math.max(data.length, 1)) || 0;
