// `dl merge`: folds the adapters of a model into the weights of its base, or takes them out again, with a certificate of what that costs.
import { Option, type Command } from "commander";
import type { CompileOptions } from "../../compiler/compile.js";
import type { Compiled } from "../../compiler/ir/program.js";
import { mergeEntry } from "../../compiler/lower/index.js";
import { certificateText, certify, undone, type Certificate } from "../adapters/certificate.js";
import { readAdapter } from "../adapters/file.js";
import { fingerprintOf } from "../adapters/fingerprint.js";
import { floatsOf, storages, writeMerged, type Storage } from "../adapters/storage.js";
import type { Backend, Tensors } from "../backend.js";
import { openBackend } from "../backend/open.js";
import { chosen, compileFile } from "../compile.js";
import { dataFault } from "../faults.js";
import { readSafetensors, writeSafetensors } from "../files.js";
import { printJson, type Io } from "../io.js";
import { addModelOptions, addRunOptions, checkRunOptions, type RunOptions } from "../options.js";
import { readInputs } from "../tensors.js";
import { readWeights } from "../weights.js";

interface MergeOptions extends RunOptions {
  readonly weights: string;
  readonly adapterWeights: string;
  readonly out: string;
  readonly probe?: string;
  readonly entry: string;
  readonly tolerance: number;
  readonly store: Storage;
  readonly undo?: boolean;
  readonly json?: boolean;
}

/** Registers `dl merge`. */
export function registerMerge(program: Command, io: Io): void {
  const command = program
    .command("merge")
    .description("fold the adapters of a model into its base, or take them out again")
    .argument("<file>", "a `.dl` file")
    .requiredOption("--weights <file>", "the base; with --undo what was merged")
    .requiredOption("--adapter-weights <file>", "what the adapters hold, as `dl train` writes it")
    .requiredOption("-o, --out <file>", "where the merged weights go")
    .option("--probe <file>", "safetensors with inputs of an entry, on which outputs are compared")
    .option("--entry <name>", "the entry that the probe is for", "forward")
    .option(
      "--tolerance <x>",
      "largest error of a weight and drift of an output, as a share of the largest",
      Number,
      1e-5,
    )
    .addOption(
      new Option(
        "--store <type>",
        "how the merged tensors are stored; `base`: as the base stores each, coded anew where it has codes",
      )
        .choices(storages)
        .default("f32"),
    )
    .option("--undo", "take the adapters out of merged weights")
    .option("--json", "print the certificate as JSON");
  addRunOptions(addModelOptions(command))
    .addHelpText(
      "after",
      "\nExample:\n  $ dl merge model.dl --model GptLora --weights base.safetensors --adapter-weights runs/lora/adapter.safetensors --probe probe.safetensors -o merged.safetensors",
    )
    .action((file: string, options: MergeOptions) => merge(file, options, io));
}

async function merge(file: string, options: MergeOptions, io: Io): Promise<void> {
  checkRunOptions(options);
  if (!(options.tolerance >= 0))
    throw dataFault("tolerance", "--tolerance must be a number of at least 0");
  const build = (more: CompileOptions): Compiled =>
    compileFile(file, { ...chosen(options), entries: entriesOf(options), ...more }, io);
  // What was merged may be floats where the base has codes, and is taken out of these.
  const withoutCodes = options.undo === true;
  const adapted = build({ withMerge: true, withoutCodes });
  if ((adapted.adapters ?? []).length === 0)
    throw dataFault(
      "not-adapted",
      `\`${adapted.name}\` has no \`adapt\` line, so there is nothing to merge`,
    );
  const bare = build({ withoutAdapters: true });
  const backend = await openBackend(adapted, options);
  try {
    if (options.undo === true) await takeOut({ adapted, backend, bare }, build, options, io);
    else await fold({ adapted, backend, bare }, build, options, io);
  } finally {
    backend.dispose();
  }
}

const entriesOf = ({ probe, entry }: MergeOptions): readonly string[] =>
  probe === undefined ? [] : [entry];

interface Session {
  readonly adapted: Compiled;
  /** Runs the adapted model. */
  readonly backend: Backend;
  readonly bare: Compiled;
}

async function fold(
  { adapted, backend, bare }: Session,
  build: (more: CompileOptions) => Compiled,
  options: MergeOptions,
  io: Io,
): Promise<void> {
  const base = readWeights(options.weights, bare.variables, io);
  const adapters = readAdapter(
    options.adapterWeights,
    adapted,
    fingerprintOf(bare.variables, base),
  );
  const scalars = { seed: options.seed, step: 0 };
  await backend.init(options.seed, new Map([...base, ...adapters]));
  const merged = await backend.run(mergeEntry, new Map(), scalars);
  const exact = await exactly(adapted, base, adapters, options);
  const probed = await probedOf(adapted, backend, options);
  const kept = new Map(bare.variables.map((v) => [v.path, v]));
  const floats = floatsOf(base, bare.variables);
  const floating = probed && build({ withoutAdapters: true, withoutCodes: true });
  const drift = async (values: Tensors, store: Storage): Promise<number | undefined> => {
    if (!probed || !floating) return undefined;
    const isCoded = store === "base";
    const other = await openBackend(isCoded ? bare : floating, options);
    try {
      await other.init(options.seed, new Map([...(isCoded ? base : floats), ...values]));
      return farthest(probed.out, await other.run(options.entry, probed.inputs, scalars));
    } finally {
      other.dispose();
    }
  };
  const certificate = await certify({
    base: floats,
    baseOf: (path) =>
      kept.get(path) ?? { dtype: "f32" as const, shape: merged.get(path)?.shape ?? [] },
    merged,
    exact,
    adapters,
    drift,
    ...options,
  });
  report(certificate, options, io);
  writeMerged(options.out, base, merged, bare.variables, options.store);
  io.err(`wrote ${options.out}\n`);
}

/** What the adapted model gives for the probe; undefined without one. */
async function probedOf(
  adapted: Compiled,
  backend: Backend,
  { probe, entry: name, seed }: MergeOptions,
): Promise<{ readonly inputs: Tensors; readonly out: Tensors } | undefined> {
  if (probe === undefined) return undefined;
  const entry = adapted.entries.find((e) => e.name === name);
  if (!entry) throw dataFault("unknown-entry", `\`${adapted.name}\` has no entry \`${name}\``);
  const inputs = readInputs(probe, entry.signature.inputs);
  return { inputs, out: await backend.run(name, inputs, { seed, step: 0 }) };
}

/** The merged tensors in double precision. */
async function exactly(
  adapted: Compiled,
  base: Tensors,
  adapters: Tensors,
  options: MergeOptions,
): Promise<Tensors> {
  const reference = await openBackend(adapted, { ...options, backend: "reference" });
  await reference.init(options.seed, new Map([...base, ...adapters]));
  return reference.run(mergeEntry, new Map(), { seed: options.seed, step: 0 });
}

async function takeOut(
  { adapted, backend, bare }: Session,
  build: (more: CompileOptions) => Compiled,
  options: MergeOptions,
  io: Io,
): Promise<void> {
  const { variables } = build({ withoutAdapters: true, withoutCodes: true });
  const merged = readWeights(options.weights, variables, io);
  const stored = readSafetensors(options.adapterWeights);
  const base = stored.metadata.get("base") ?? "";
  const adapters = readAdapter(options.adapterWeights, adapted, base);
  const fold = async (values: Tensors): Promise<Tensors> => {
    await backend.init(options.seed, new Map([...values, ...adapters]));
    return backend.run(mergeEntry, new Map(), { seed: options.seed, step: 0 });
  };
  const { values, error } = await undone(merged, fold);
  const isExact = fingerprintOf(bare.variables, values) === base;
  const text = isExact
    ? "the base is back bit by bit"
    : `folded in again, the adapters give the merged weights up to ${error.toExponential(1)} of the largest`;
  if (error > options.tolerance)
    throw dataFault(
      "merge-tolerance",
      `these adapters cannot be taken out again: ${text}, and the tolerance is ${String(options.tolerance)}`,
      "keep the base's file: what such an adapter does to a weight depends on it",
    );
  if (options.json === true) printJson(io, { error, isExact });
  else io.out(`${text}\n`);
  writeSafetensors(options.out, values);
  io.err(`wrote ${options.out}\n`);
}

function report(certificate: Certificate, options: MergeOptions, io: Io): void {
  if (options.json === true) printJson(io, certificate);
  else io.out(certificateText(certificate));
  if (certificate.isWithin) return;
  throw dataFault(
    "merge-tolerance",
    `merging loses more than the tolerance of ${String(options.tolerance)}; nothing was written`,
    certificate.alternatives.map(({ what, cost }) => `${what}: ${cost}`).join("; "),
  );
}

/** The largest difference of two results, as a share of the largest number. */
function farthest(a: Tensors, b: Tensors): number {
  let [most, largest] = [0, 0];
  for (const [name, { data }] of a) {
    const other = b.get(name)?.data ?? [];
    data.forEach((x, i) => {
      most = Math.max(most, Math.abs(x - (other[i] ?? NaN)));
      largest = Math.max(largest, Math.abs(x));
    });
  }
  return largest === 0 ? most : most / largest;
}
