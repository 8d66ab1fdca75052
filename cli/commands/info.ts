// `dl info`: what a model costs in parameters, work and memory, as formulas in its free dims and, for given sizes, as numbers.
import type { Command } from "commander";
import { buildArtifact } from "../../compiler/artifact/index.js";
import type { Compiled } from "../../compiler/ir/program.js";
import { costOf, type LayerCost, type ProgramCost } from "../../compiler/queries/cost.js";
import { evaluate, show, type Dim } from "../../compiler/types/dim.js";
import type { Artifact } from "../../runtime/format.js";
import { needsOf, totalBytes } from "../../runtime/needs.js";
import { bytesOf } from "../../compiler/artifact/variables.js";
import type { Tensors } from "../backend.js";
import {
  adapterInfos,
  adapterText,
  replacementOf,
  replacementText,
  type AdapterInfo,
  type Replacement,
} from "../adapters/info.js";
import { chosen, compileFile } from "../compile.js";
import type { Io } from "../io.js";
import { addModelOptions, type ModelOptions } from "../options.js";
import { quantizedOf, quantizedText, type QuantizedInfo } from "../quantized.js";
import { readWeights } from "../weights.js";
import { showBytes, sizesOption, type Sizes } from "../sizes.js";
import { portable } from "../../runtime/format.js";

interface InfoOptions extends ModelOptions {
  readonly fn?: string;
  readonly run?: string;
  readonly training?: boolean;
  readonly gradients?: boolean;
  readonly at: Sizes;
  readonly weights?: string;
  readonly adapterWeights?: string;
  readonly json?: boolean;
}

/** A quantity: its formula, and its value where the sizes say it. */
interface Quantity {
  readonly formula: string;
  readonly value?: number;
}

/** What `dl info --json` prints of an entry or step. */
interface ProgramInfo {
  readonly name: string;
  readonly flops: Quantity;
  readonly inputBytes: Quantity;
  readonly resultBytes: Quantity;
  /** Bytes that windows would take if they were stored; nothing stores them. */
  readonly windowBytes: Quantity;
  /** Bytes of all buffers of a call, parameters included, by buffer. */
  readonly memory?: { readonly total: number; readonly buffers: Readonly<Record<string, number>> };
}

/** What `dl info --json` prints. */
interface Info {
  readonly name: string;
  readonly parameters: number;
  readonly trained: number;
  readonly states: number;
  readonly parameterBytes: number;
  readonly layers: readonly LayerCost[];
  /** Parameters that are stored as codes. */
  readonly quantized: readonly QuantizedInfo[];
  readonly adapters: readonly AdapterInfo[];
  /** Whether the tensors of the adapter file that was given can replace those of a running model, and what is in the way. */
  readonly replacement?: Replacement;
  readonly programs: readonly ProgramInfo[];
}

/** Registers `dl info`. */
export function registerInfo(program: Command, io: Io): void {
  const command = program
    .command("info")
    .description("show parameters, work and memory of a model, as formulas and for given sizes")
    .argument("<file>", "a `.dl` file")
    .option("--fn <name>", "a top-level function instead of a model")
    .option("--run <name>", "a train declaration: the costs of its step as well");
  addModelOptions(command)
    .option("--training", "as inside a train step")
    .option("--gradients", "also the gradient of each entry")
    .addOption(sizesOption())
    .option("--weights <file>", "weights: how far quantized parameters are from them")
    .option("--adapter-weights <file>", "an adapter file: whether it fits without compiling anew")
    .option("--json", "print as JSON")
    .addHelpText("after", "\nExample:\n  $ dl info model.dl --model Gpt --at B=8,T=1024")
    .action((file: string, options: InfoOptions) => {
      info(file, options, io);
    });
}

function info(file: string, options: InfoOptions, io: Io): void {
  const { at, training, gradients } = options;
  const compiled = compileFile(
    file,
    {
      ...chosen(options),
      isTraining: training === true,
      withGradients: gradients === true,
    },
    io,
  );
  const given =
    options.weights === undefined
      ? undefined
      : readWeights(options.weights, compiled.variables, io);
  const { adapterWeights } = options;
  const found = {
    ...infoOf(compiled, at, given),
    ...(adapterWeights === undefined
      ? {}
      : { replacement: replacementOf(adapterWeights, compiled) }),
  };
  io.out(options.json === true ? `${JSON.stringify(found, null, 2)}\n` : text(found));
}

/** What a compiled model costs, with numbers where `sizes` binds every free dim of a program. */
function infoOf(compiled: Compiled, sizes: Sizes, given: Tensors | undefined): Info {
  const { name, layers, programs } = costOf(compiled);
  const artifact = buildArtifact(compiled, { target: portable("discrete") });
  const sum = (of: (layer: LayerCost) => number): number =>
    layers.reduce((total, layer) => total + of(layer), 0);
  const parameters = sum((l) => l.parameters);
  return {
    name,
    parameters,
    trained: sum((l) => l.trained),
    states: sum((l) => l.states),
    parameterBytes: compiled.variables
      .filter(({ role }) => role === "parameter")
      .reduce((bytes, variable) => bytes + bytesOf(variable), 0),
    layers,
    quantized: quantizedOf(compiled.variables, given),
    adapters: adapterInfos(compiled),
    programs: programs.map((program) => programInfo(program, artifact, sizes)),
  };
}

function programInfo(cost: ProgramCost, artifact: Artifact, sizes: Sizes): ProgramInfo {
  const quantity = (d: Dim): Quantity => {
    const value = evaluate(d, ({ name }) => sizes[name]);
    return { formula: show(d), ...(value === undefined ? {} : { value }) };
  };
  const plan = [...artifact.entries, ...artifact.steps].find(({ name }) => name === cost.name);
  const symbols = plan?.program.symbols.map(({ name }) => sizes[name]) ?? [];
  const known = symbols.filter((size) => size !== undefined);
  const needs = known.length === symbols.length ? needsOf(artifact, cost.name, known) : undefined;
  return {
    name: cost.name,
    flops: quantity(cost.flops),
    inputBytes: quantity(cost.inputs),
    resultBytes: quantity(cost.results),
    windowBytes: quantity(cost.windows),
    ...(needs ? { memory: { total: totalBytes(needs), buffers: Object.fromEntries(needs) } } : {}),
  };
}

// -------------------------------------------------------------------------- text

const grouped = (n: number): string => n.toLocaleString("en-US");

function text({ layers, programs, quantized, adapters, replacement, ...info }: Info): string {
  const { name, parameters, parameterBytes, trained, states } = info;
  const width = Math.max(5, ...layers.map(({ path }) => path.length));
  const rows = layers.map(
    (l) =>
      `  ${(l.path === "" ? "(own)" : l.path).padEnd(width)}  ${grouped(l.parameters)}${l.states > 0 ? `, states ${grouped(l.states)}` : ""}`,
  );
  const head = [
    `${name}: ${grouped(parameters)} parameters (${showBytes(parameterBytes)}), ${grouped(trained)} of them trained`,
    ...(states > 0 ? [`states: ${grouped(states)} numbers`] : []),
  ];
  const details = [
    ...quantizedText(quantized),
    ...adapterText(adapters),
    ...replacementText(replacement),
  ];
  return `${[...head, ...rows, ...details, ...programs.flatMap(programText)].join("\n")}\n`;
}

function programText({ name, memory, ...costs }: ProgramInfo): readonly string[] {
  const row = (label: string, q: Quantity, unit: (n: number) => string): string[] =>
    q.formula === "0" ? [] : [`  ${label.padEnd(12)} ${valueText(q, unit)}`];
  return [
    "",
    name,
    ...row("FLOPs", costs.flops, grouped),
    ...row("inputs", costs.inputBytes, showBytes),
    ...row("results", costs.resultBytes, showBytes),
    ...row("windows", costs.windowBytes, (n) => `${showBytes(n)} if they were stored`),
    ...(memory
      ? [
          `  ${"memory".padEnd(12)} ${showBytes(memory.total)}`,
          ...Object.entries(memory.buffers).map(([buffer, n]) => `    ${buffer}: ${showBytes(n)}`),
        ]
      : []),
  ];
}

const valueText = ({ formula, value }: Quantity, unit: (n: number) => string): string =>
  value === undefined
    ? formula
    : String(value) === formula
      ? unit(value)
      : `${unit(value)} = ${formula}`;
