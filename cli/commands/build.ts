// `dl build`: compiles a model ahead of time into an artifact, or prints a stage of its compilation.
import { Option, type Command } from "commander";
import { buildArtifact } from "../../compiler/artifact/index.js";
import type { CompileOptions } from "../../compiler/compile.js";
import { adapterClasses, portable, type AdapterClass } from "../../runtime/format.js";
import { writeArtifact } from "../artifact.js";
import { compileFile } from "../compile.js";
import { emitStage, stages, type Stage } from "../emit.js";
import { UsageError } from "../faults.js";
import { readSource } from "../host.js";
import type { Io } from "../io.js";
import { addModelOptions, type ModelOptions } from "../options.js";
import { readWeights } from "../weights.js";

interface BuildOptions extends ModelOptions {
  readonly fn?: string;
  readonly run?: string;
  readonly training?: boolean;
  readonly gradients?: boolean;
  readonly weights?: string;
  readonly for: AdapterClass;
  readonly emit?: Stage;
  readonly out?: string;
}

/** Registers `dl build`. */
export function registerBuild(program: Command, io: Io): void {
  const command = program
    .command("build")
    .description("compile a model ahead of time into a folder that runs without the compiler")
    .argument("<file>", "a `.dl` file")
    .option("--fn <name>", "a function of the file instead of a model")
    .option("--run <name>", "a `train` declaration to build as well");
  addModelOptions(command)
    .option("--training", "as inside a train step: dropout on, batch statistics moving")
    .option("--gradients", "also what dl grad needs of each entry")
    .option("--weights <file>", "parameters and states to put into the folder")
    .addOption(
      new Option("--for <class>", "kind of adapter the kernels are for")
        .choices(adapterClasses)
        .default("discrete" satisfies AdapterClass),
    )
    .addOption(
      new Option("--emit <stage>", "print a stage of the compilation instead").choices(stages),
    )
    .option("-o, --out <folder>", "where to write the artifact")
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
      emitStage(options.emit, { source: readSource(file), compile, target: portable(options.for) }),
    );
    return;
  }
  if (options.out === undefined)
    throw new UsageError("-o is missing", "name the folder to write the artifact to");
  const compiled = compile(options.gradients === true);
  const weights =
    options.weights === undefined
      ? undefined
      : readWeights(options.weights, compiled.variables, io);
  const artifact = buildArtifact(compiled, { target: portable(options.for) });
  await writeArtifact(options.out, artifact, weights);
  io.err(
    `wrote ${options.out}: ${String(artifact.entries.length)} entries, ${String(artifact.kernels.length)} kernels\n`,
  );
}

const compileOptions = (options: BuildOptions): CompileOptions => ({
  sets: options.set,
  isTraining: options.training === true,
  ...(options.model === undefined ? {} : { model: options.model }),
  ...(options.fn === undefined ? {} : { fn: options.fn }),
  ...(options.run === undefined ? {} : { runs: [options.run] }),
});
