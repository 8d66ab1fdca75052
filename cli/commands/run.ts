// `dl run` and `dl grad`: one evaluation of an entry, or one vector-Jacobian product of it, in and out by safetensors.
import type { Command } from "commander";
import type { VariableSpec } from "../../compiler/ir/program.js";
import { readAdapter } from "../adapters/file.js";
import { fingerprintOf } from "../adapters/fingerprint.js";
import type { Backend, Tensors } from "../backend.js";
import { chosen } from "../compile.js";
import { dataFault, UsageError } from "../faults.js";
import { writeSafetensors } from "../files.js";
import { printJson, type Io } from "../io.js";
import { addModelOptions, addRunOptions, checkRunOptions, type RunOptions } from "../options.js";
import { openRunnable, type Runnable, type RunnableEntry } from "../runnable.js";
import { readInputs, tensorJson } from "../tensors.js";
import { toFile } from "../../runtime/coded-files.js";
import { readWeights } from "../weights.js";

interface EvaluateOptions extends RunOptions {
  readonly fn?: string;
  readonly entry?: string;
  readonly training?: boolean;
  readonly weights?: string;
  readonly adapterWeights?: string;
  readonly inputs?: string;
  readonly cotangents?: string;
  readonly out?: string;
  readonly saveWeights?: string;
  readonly json?: boolean;
}

/** Registers `dl run`. */
export function registerRun(program: Command, io: Io): void {
  evaluation(program.command("run").description("evaluate an entry once"))
    .addHelpText("after", `\nExample:\n  $ dl run ${example} --out out.safetensors`)
    .action((file: string, options: EvaluateOptions) => evaluate(file, options, false, io));
}

/** Registers `dl grad`. */
export function registerGrad(program: Command, io: Io): void {
  evaluation(
    program
      .command("grad")
      .description("pull cotangents of an entry back to its parameters and inputs"),
  )
    .option(
      "--cotangents <file>",
      "safetensors with one cotangent for each result; 1 for a scalar where left out",
    )
    .addHelpText(
      "after",
      `\nExample:\n  $ dl grad ${example} --cotangents ct.safetensors --out grads.safetensors`,
    )
    .action((file: string, options: EvaluateOptions) => evaluate(file, options, true, io));
}

const example = "vit.dl --model Vit --set D=192 --weights w.safetensors --inputs in.safetensors";

function evaluation(command: Command): Command {
  command
    .argument("<file>", "a `.dl` file, or the folder of an artifact")
    .option("--fn <name>", "a function of the file instead of a model");
  addModelOptions(command)
    .option("--entry <name>", 'the entry of the model (default: "forward")')
    .option("--training", "as inside a train step: dropout on, batch statistics moving")
    .option("--weights <file>", "parameters and states; without it the initialisers run")
    .option("--adapter-weights <file>", "what the adapters hold; --weights is then their base")
    .option("--inputs <file>", "safetensors named after the arguments of the entry")
    .option("--out <file>", "write the results here")
    .option("--save-weights <file>", "write the parameters and states that were used")
    .option("--json", "print the results as JSON");
  return addRunOptions(command);
}

async function evaluate(
  file: string,
  options: EvaluateOptions,
  isGradient: boolean,
  io: Io,
): Promise<void> {
  if (options.fn !== undefined && options.model !== undefined)
    throw new UsageError("--fn and --model exclude each other");
  checkRunOptions(options);
  const { runnable, entry } = await openEntry(file, options, isGradient, io);
  const { inputs, restore } = entry.collapse(readAllInputs(options, entry));
  const base =
    options.weights === undefined
      ? await runnable.weights?.(io)
      : readWeights(options.weights, runnable.variables, io);
  const weights = withAdapters(base, runnable, options);
  const backend = await runnable.open({ ...options, sizes: entry.sizesFor(inputs) });
  // With other schedules sums have another order, and so other bits.
  if (options.tuned !== undefined) io.err(`computing on ${backend.description}\n`);
  try {
    await fill(backend, runnable.variables, weights, options.seed);
    const used = options.saveWeights === undefined ? undefined : await backend.readVariables(false);
    const results = restore(await backend.run(entry.name, inputs, { seed: options.seed, step: 0 }));
    if (options.out !== undefined) writeSafetensors(options.out, results);
    if (used && options.saveWeights !== undefined)
      writeSafetensors(options.saveWeights, toFile(used, runnable.variables));
    report(entry.name, results, backend, options, io);
  } finally {
    backend.dispose();
  }
}

/** The base with what an adapter file adds. */
function withAdapters(
  base: Tensors | undefined,
  { compiled, variables }: Runnable,
  { adapterWeights: path }: EvaluateOptions,
): Tensors | undefined {
  if (path === undefined) return base;
  if (!base || !compiled)
    throw new UsageError(
      "--adapter-weights needs the --weights of the base, and a `.dl` file",
      "an artifact holds its adapters among its weights",
    );
  return new Map([...base, ...readAdapter(path, compiled, fingerprintOf(variables, base))]);
}

interface OpenedEntry {
  readonly runnable: Runnable;
  readonly entry: RunnableEntry;
}

async function openEntry(
  file: string,
  options: EvaluateOptions,
  isGradient: boolean,
  io: Io,
): Promise<OpenedEntry> {
  const wanted = options.fn ?? options.entry ?? "forward";
  const runnable = await openRunnable(
    file,
    {
      ...chosen(options),
      isTraining: options.training === true,
      withGradients: isGradient,
      ...(options.fn === undefined ? { entries: [wanted] } : {}),
    },
    io,
  );
  const name = `${wanted}${isGradient ? ".grad" : ""}`;
  const entry = runnable.entries.find((candidate) => candidate.name === name);
  if (entry) return { runnable, entry };
  const names = runnable.entries.map((known) => `\`${known.name}\``).join(", ");
  throw dataFault(
    "unknown-entry",
    `\`${runnable.name}\` has no entry \`${name}\``,
    `its entries are ${names}`,
  );
}

/** Parameters and states from the weights where given, by the initialisers otherwise. */
async function fill(
  backend: Backend,
  variables: readonly VariableSpec[],
  weights: Tensors | undefined,
  seed: number,
): Promise<void> {
  if (weights && variables.every(({ path }) => weights.has(path)))
    await backend.writeVariables(weights);
  else await backend.init(seed, weights);
}

const cotangentPrefix = "cotangents.";

function readAllInputs(options: EvaluateOptions, entry: RunnableEntry): Tensors {
  const declared = entry.inputs;
  const inputs = new Map(options.inputs === undefined ? [] : readInputs(options.inputs, declared));
  const results = declared.filter(({ name }) => name.startsWith(cotangentPrefix));
  if (options.cotangents !== undefined) {
    const named = results.map((spec) => ({
      ...spec,
      name: spec.name.slice(cotangentPrefix.length),
    }));
    for (const [name, tensor] of readInputs(options.cotangents, named))
      inputs.set(cotangentPrefix + name, tensor);
  }
  const [only] = results;
  if (only && results.length === 1 && only.rank === 0 && !inputs.has(only.name)) {
    inputs.set(only.name, { dtype: only.dtype, shape: [], data: Float32Array.of(1) });
  }
  return inputs;
}

function report(
  entry: string,
  results: Tensors,
  backend: Backend,
  options: EvaluateOptions,
  io: Io,
): void {
  if (options.json === true) {
    const entries = [...results].map(([name, tensor]) => [name, tensorJson(tensor)] as const);
    printJson(io, { entry, backend: backend.description, results: Object.fromEntries(entries) });
  } else if (options.out === undefined) {
    for (const [name, { dtype, shape, data }] of results) {
      const values = Array.from(data.slice(0, 8), (x) => String(Number(x.toPrecision(6)))).join(
        " ",
      );
      io.out(`${name} ${dtype}[${shape.join(", ")}] ${values}${data.length > 8 ? " …" : ""}\n`);
    }
  } else {
    io.err(
      `wrote ${String(results.size)} tensors to ${options.out}, computed on ${backend.description}\n`,
    );
  }
}
