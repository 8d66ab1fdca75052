// Runs entries of `.dl` files on the reference and on a device, on the same drawn inputs, and compares what comes out.
import { readFileSync } from "node:fs";
import type { Backend } from "../../cli/backend.js";
import { openBackend } from "../../cli/backend/open.js";
import { openPackage, readSource } from "../../cli/host.js";
import { buildArtifact } from "../../compiler/artifact/index.js";
import { compile, type Compiled, type CompileOptions, type Entry } from "../../compiler/index.js";
import { parse, type FnDecl } from "../../grammar/index.js";
import type { Device } from "../../runtime/device.js";
import type { InputValue } from "../../runtime/inputs.js";
import { load, type Session } from "../../runtime/session.js";
import { drawInputs, type Sizes } from "./draw-inputs.js";
import { backward, expectClose, forward } from "./tolerance.js";

/** One thing of a file that can be compiled by itself. */
export interface ProgramCase {
  readonly title: string;
  readonly path: string;
  readonly options: CompileOptions;
}

/** Only floats carry gradients, so a function of integers alone has none. */
const hasGradient = ({ params }: FnDecl): boolean =>
  params.some(
    ({ annotation }) =>
      annotation?.kind === "tensor-type" && !/^[iub]/.test(annotation.dtype?.name ?? "f32"),
  );

/** Small sizes, and awkward ones beyond a tile. */
export const sizes: readonly Sizes[] = [
  { B: 2, T: 5, S: 3, N: 6, V: 7, other: 4 },
  { B: 3, T: 17, S: 9, N: 33, V: 65, other: 6 },
];

/** Static arguments of functions that have no defaults for them. */
export type Statics = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** A case for each function of a file; initialisers are left out, they have no shape by themselves. */
export function functionCases(path: string, statics: Statics = {}): readonly ProgramCase[] {
  const { module } = parse({ path, text: readFileSync(path, "utf8") });
  return module.items.flatMap((item) => {
    if (item.kind !== "fn" || item.result?.kind === "like") return [];
    const name = item.name.name;
    return [
      {
        title: `${path} ${name}`,
        path,
        options: { fn: name, sets: statics[name] ?? {}, withGradients: hasGradient(item) },
      },
    ];
  });
}

/** A case for each model of a file, derived ones included. */
export function modelCases(
  path: string,
  sets: Readonly<Record<string, string>> = {},
): readonly ProgramCase[] {
  const { module } = parse({ path, text: readFileSync(path, "utf8") });
  return module.items.flatMap((item) => {
    const isModel =
      (item.kind === "layer" && item.keyword === "model") || item.kind === "derived-model";
    if (!isModel) return [];
    const model = item.name.name;
    return [
      {
        title: `${path} ${model}`,
        path,
        options: { model, sets, entries: ["forward"], withGradients: true },
      },
    ];
  });
}

/** Evaluates the entry and its gradient on the reference and on a device, at several sizes; fails the test where they differ. */
export async function compareWithReference(
  work: ProgramCase,
  device: Device,
  at: readonly Sizes[] = sizes,
): Promise<void> {
  const compiled = compileCase(work);
  const reference = await openBackend(compiled, { backend: "reference" });
  const artifact = buildArtifact(compiled, { target: device.target });
  const session = await load(artifact, { device });
  try {
    await reference.init(1);
    const variables = [...(await reference.readVariables(false))];
    session.writeVariables(Object.fromEntries(variables.map(([name, { data }]) => [name, data])));
    for (const entry of compiled.entries) {
      for (const given of at) await compareEntry(entry, given, reference, session);
    }
  } finally {
    reference.dispose();
    session.dispose();
  }
}

/** Compiles a case; throws an `Error` with what the compiler says. */
export function compileCase({ path, options }: ProgramCase): Compiled {
  const compiled = compile(readSource(path), openPackage(path).host, options);
  if (compiled.ok) return compiled.value;
  throw new Error(
    compiled.diagnostics.map(({ title, primary }) => `${title}: ${primary.text}`).join("\n"),
  );
}

const scalars = { seed: 3, step: 1 };

async function compareEntry(
  entry: Entry,
  given: Sizes,
  reference: Backend,
  session: Session,
): Promise<void> {
  const inputs = drawInputs(entry, given);
  const asked = new Set(entry.signature.inputs.map(({ name }) => name));
  const implicit = Object.entries(scalars).filter(([name]) => asked.has(name));
  const expected = await reference.run(entry.name, inputs, scalars);
  const actual = await session.run(
    entry.name,
    Object.fromEntries<InputValue>([...inputs, ...implicit]),
  );
  const tolerance = entry.name.endsWith(".grad") ? backward : forward;
  for (const [name, { data }] of expected) {
    expectClose(actual[name]?.data ?? [], data, tolerance, `${entry.name} ${name}`);
  }
}
