// `dl build`: compiles a model ahead of time into an artifact, or prints a stage of its compilation.
import { InvalidArgumentError, Option, type Command } from "commander";
import { buildArtifact } from "../../compiler/artifact/index.js";
import { explainKernels } from "../../compiler/artifact/explain.js";
import type { Tuned } from "../../compiler/codegen/choice.js";
import type { Fit } from "../../compiler/fit/index.js";
import { adapterClasses, portable, type AdapterClass, type Target } from "../../runtime/format.js";
import { partsOf, writeArtifact, type Built } from "../artifact.js";
import { chosen, compileFile, type FileOptions } from "../compile.js";
import { emitStage, stages, type Stage } from "../emit.js";
import { explainText } from "../explain.js";
import { UsageError } from "../faults.js";
import { fitted } from "../fit.js";
import { nameInPackage, readSource } from "../host.js";
import type { Io } from "../io.js";
import { addModelOptions, memoryHelp, tunedOption, type ModelOptions } from "../options.js";
import { bytesOption, sizesOption, type Sizes } from "../sizes.js";
import { withOrigins } from "../origins.js";
import { tunedForClass, userTable } from "../tune/table.js";
import { readWeights } from "../weights.js";

interface BuildOptions extends ModelOptions {
  readonly fn?: string;
  readonly run?: string;
  readonly training?: boolean;
  readonly gradients?: boolean;
  readonly weights?: string;
  readonly for: readonly [AdapterClass, ...AdapterClass[]];
  readonly emit?: Stage;
  readonly explain?: boolean;
  readonly json?: boolean;
  readonly memory?: number;
  readonly at: Sizes;
  readonly tuned?: string | true;
  readonly out?: string;
}

/** Registers `dl build`. */
export function registerBuild(program: Command, io: Io): void {
  const command = program
    .command("build")
    .description("compile a model ahead of time into an artifact that runs without the compiler")
    .argument("<file>", "a `.dl` file")
    .option("--fn <name>", "a function of the file instead of a model")
    .option("--run <name>", "a `train` declaration to build as well");
  addModelOptions(command)
    .option("--training", "as inside a train step: dropout on, batch statistics moving")
    .option("--gradients", "also what dl grad needs of each entry")
    .option("--weights <file>", "parameters and states to put into the artifact")
    .addOption(
      new Option(
        "--for <classes>",
        `kinds of adapter to choose kernels for, with commas: ${adapterClasses.join(", ")}`,
      )
        .argParser(classesOption)
        .default(["discrete"] satisfies AdapterClass[], "discrete"),
    )
    .addOption(
      new Option("--emit <stage>", "print a stage of the compilation instead").choices(stages),
    )
    .option(
      "--explain",
      "print what was fused, kept, computed again and split into chunks, and why",
    )
    .option("--json", "with --explain: print it as JSON")
    .option("--memory <bytes>", memoryHelp, bytesOption)
    .addOption(tunedOption())
    .addOption(sizesOption("with --memory and --explain: "))
    .option(
      "-o, --out <path>",
      "where to write the artifact: a folder, or one file that ends in .dla",
    )
    .addHelpText(
      "after",
      "\nExample:\n  $ dl build model.dl --model Gpt --set D=384 --weights weights.safetensors -o build/gpt",
    )
    .action((file: string, options: BuildOptions) => build(file, options, io));
}

async function build(file: string, options: BuildOptions, io: Io): Promise<void> {
  const compile = (withGradients: boolean): ReturnType<typeof compileFile> =>
    compileFile(file, { ...compileOptions(options), withGradients }, io);
  if (options.emit !== undefined) {
    io.out(
      emitStage(options.emit, {
        source: readSource(file),
        compile,
        target: portable(options.for[0]),
      }),
    );
    return;
  }
  const { out, explain = false, memory, at } = options;
  if (out === undefined && !explain)
    throw new UsageError("-o is missing", "name the folder to write the artifact to");
  const source = compile(options.gradients === true);
  const fit = (target: Target): Fit =>
    fitted(source, target, { memory, sizes: at, isExplained: explain });
  const target = portable(options.for[0]);
  const tunedOf = tunedByClass(options, io);
  const found = fit(target);
  const { compiled } = found;
  refuseUnknownSizes(found, memory);
  if (explain) {
    const choice = { target, tuned: tunedOf(target) };
    const records = [...found.decisions, ...explainKernels(compiled, choice)];
    io.out(options.json === true ? `${JSON.stringify(records, null, 2)}\n` : explainText(records));
  }
  if (out === undefined) return;
  const weights =
    options.weights === undefined
      ? undefined
      : readWeights(options.weights, compiled.variables, io);
  const name = (path: string): string => nameInPackage(file, path);
  const built = (forClass: AdapterClass): Built => {
    const own = portable(forClass);
    const plan = forClass === options.for[0] ? compiled : fit(own).compiled;
    return {
      target: own,
      artifact: withOrigins(buildArtifact(plan, { target: own, tuned: tunedOf(own) }), name),
    };
  };
  const [first, ...more] = options.for;
  const parts = await partsOf([built(first), ...more.map(built)], weights);
  writeArtifact(out, parts);
  const kernels = [...parts.keys()].filter((part) => part.endsWith(".wgsl")).length;
  const { length } = compiled.entries;
  const counts = [
    `${String(length)} ${length === 1 ? "entry" : "entries"}`,
    `${String(kernels)} ${kernels === 1 ? "kernel" : "kernels"}`,
  ];
  io.err(`wrote ${out}: ${counts.join(", ")}\n`);
}

/** Measured schedules by kind of adapter, each said once. */
function tunedByClass({ tuned }: BuildOptions, io: Io): (target: Target) => Tuned | undefined {
  const said = new Set<string>();
  return (target) => {
    if (tuned === undefined) return undefined;
    const found = tunedForClass(tuned === true ? userTable() : tuned, target);
    if (!said.has(found.note)) io.err(`${found.note}\n`);
    said.add(found.note);
    return found.tuned;
  };
}

function classesOption(text: string): readonly [AdapterClass, ...AdapterClass[]] {
  const [first, ...more] = [...new Set(text.split(","))].map((name) => {
    const known = adapterClasses.find((c) => c === name.trim());
    if (known !== undefined) return known;
    throw new InvalidArgumentError(`a kind of adapter is one of ${adapterClasses.join(", ")}.`);
  });
  if (first === undefined) throw new InvalidArgumentError("name a kind of adapter.");
  return [first, ...more];
}

/** A budget says nothing about entries whose sizes nobody knows. */
function refuseUnknownSizes({ compiled, peaks }: Fit, memory: number | undefined): void {
  const unknown = [...compiled.entries, ...compiled.steps].filter(({ name }) => !peaks.has(name));
  const [first] = unknown;
  if (memory === undefined || !first) return;
  const names = first.signature.symbols.map(({ name }) => `${name}=…`).join(",");
  throw new UsageError(
    `--memory needs the sizes of the free dims of \`${first.name}\``,
    `give them with --at ${names}`,
  );
}

const compileOptions = (options: BuildOptions): FileOptions => ({
  ...chosen(options),
  isTraining: options.training === true,
});
