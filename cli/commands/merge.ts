// `dl merge`: folds the adapters of a model into the weights of its base, or takes them out again, with a certificate of what that costs.
import { Option, type Command } from "commander";
import type { Compiled } from "../../compiler/ir/program.js";
import { mergeEntry } from "../../compiler/lower/index.js";
import { certificateText, certify, undone, type Certificate } from "../adapters/certificate.js";
import { readAdapter } from "../adapters/file.js";
import { fingerprintOf } from "../adapters/fingerprint.js";
import { storages, type Storage } from "../adapters/storage.js";
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
      new Option("--store <dtype>", "how the merged tensors are stored")
        .choices(Object.keys(storages))
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
  const wanted = chosen(options);
  const adapted = compileFile(
    file,
    { ...wanted, entries: entriesOf(options), withMerge: true },
    io,
  );
  if ((adapted.adapters ?? []).length === 0)
    throw dataFault(
      "not-adapted",
      `\`${adapted.name}\` has no \`adapt\` line, so there is nothing to merge`,
    );
  const bare = compileFile(
    file,
    { ...wanted, entries: entriesOf(options), withoutAdapters: true },
    io,
  );
  const given = readWeights(options.weights, bare.variables, io);
  const [one, other] = [await openBackend(adapted, options), await openBackend(bare, options)];
  try {
    const session = { adapted, one, bare, other };
    await (options.undo === true
      ? takeOut(session, given, options, io)
      : fold(session, given, options, io));
  } finally {
    one.dispose();
    other.dispose();
  }
}

const entriesOf = ({ probe, entry }: MergeOptions): readonly string[] =>
  probe === undefined ? [] : [entry];

interface Session {
  readonly adapted: Compiled;
  readonly one: Backend;
  readonly bare: Compiled;
  readonly other: Backend;
}

async function fold(
  { adapted, one, bare, other }: Session,
  base: Tensors,
  options: MergeOptions,
  io: Io,
): Promise<void> {
  const adapters = readAdapter(
    options.adapterWeights,
    adapted,
    fingerprintOf(bare.variables, base),
  );
  await one.init(options.seed, new Map([...base, ...adapters]));
  const merged = await one.run(mergeEntry, new Map(), { seed: options.seed, step: 0 });
  const exact = await exactly(adapted, base, adapters, options);
  const drift = async (values: Tensors): Promise<number | undefined> => {
    if (options.probe === undefined) return undefined;
    const entry = adapted.entries.find(({ name }) => name === options.entry);
    if (!entry)
      throw dataFault("unknown-entry", `\`${adapted.name}\` has no entry \`${options.entry}\``);
    const inputs = readInputs(options.probe, entry.signature.inputs);
    await other.init(options.seed, new Map([...base, ...values]));
    const scalars = { seed: options.seed, step: 0 };
    return farthest(
      await one.run(entry.name, inputs, scalars),
      await other.run(entry.name, inputs, scalars),
    );
  };
  const certificate = await certify({ base, merged, exact, adapters, drift, ...options });
  report(certificate, options, io);
  const out = new Map(
    [...base].map(([path, tensor]) => [path, merged.get(path) ?? tensor] as const),
  );
  writeSafetensors(options.out, out, {}, storages[options.store]);
  io.err(`wrote ${options.out}\n`);
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
  { adapted, one, bare }: Session,
  merged: Tensors,
  options: MergeOptions,
  io: Io,
): Promise<void> {
  const stored = readSafetensors(options.adapterWeights);
  const base = stored.metadata.get("base") ?? "";
  const adapters = readAdapter(options.adapterWeights, adapted, base);
  const fold = async (values: Tensors): Promise<Tensors> => {
    await one.init(options.seed, new Map([...values, ...adapters]));
    return one.run(mergeEntry, new Map(), { seed: options.seed, step: 0 });
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
