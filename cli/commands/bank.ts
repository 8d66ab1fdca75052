// `dl bank`: puts adapter files into the slots of a bank, so that one built model serves them all.
import { Option, type Command } from "commander";
import { intoSlot } from "../adapters/bank.js";
import { openAdapter, readAdapter, writeAdapter } from "../adapters/file.js";
import { fingerprintOf } from "../adapters/fingerprint.js";
import type { Tensors } from "../backend.js";
import { openBackend } from "../backend/open.js";
import { chosen, compileFile } from "../compile.js";
import { UsageError } from "../faults.js";
import type { Io } from "../io.js";
import { addModelOptions, type ModelOptions } from "../options.js";
import { readWeights } from "../weights.js";
import type { Compiled } from "../../compiler/ir/program.js";

interface BankOptions extends ModelOptions {
  readonly weights: string;
  readonly adapterWeights?: string;
  readonly slot: Slots;
  readonly out: string;
}

/** Adapter files by the number of their slot. */
type Slots = ReadonlyMap<number, string>;

/** Registers `dl bank`. */
export function registerBank(program: Command, io: Io): void {
  const command = program
    .command("bank")
    .description("put adapter files into the slots of a model's `lora_bank`, padded to its rank")
    .argument("<file>", "a `.dl` file")
    .requiredOption("--weights <file>", "the base that all of the adapters belong to")
    .option("--adapter-weights <file>", "what the bank holds so far; without it nothing is in it")
    .addOption(
      new Option("--slot <number=file>", "an adapter file for a slot, counted from 0; repeatable")
        .argParser(addSlot)
        .makeOptionMandatory(),
    )
    .requiredOption("-o, --out <file>", "where the bank goes, for `--adapter-weights`");
  addModelOptions(command)
    .addHelpText(
      "after",
      "\nExample:\n  $ dl bank model.dl --model GptBank --weights base.safetensors --slot 0=runs/poems/adapter.safetensors --slot 1=runs/plays/adapter.safetensors -o bank.safetensors",
    )
    .action((file: string, options: BankOptions) => fill(file, options, io));
}

function addSlot(text: string, known: Slots = new Map()): Slots {
  const [, number, file] = /^(\d+)=(.+)$/.exec(text) ?? [];
  if (number === undefined || file === undefined)
    throw new UsageError(
      `--slot ${text} is not a number and a file, as in \`--slot 0=a.safetensors\``,
    );
  if (known.has(Number(number))) throw new UsageError(`--slot ${number} was given twice`);
  return new Map([...known, [Number(number), file]]);
}

async function fill(file: string, options: BankOptions, io: Io): Promise<void> {
  const compiled = compileFile(file, { ...chosen(options), entries: [] }, io);
  const given = readWeights(options.weights, compiled.variables, io);
  const base = fingerprintOf(compiled.variables, given);
  let values =
    options.adapterWeights === undefined
      ? await emptyBank(compiled, given)
      : readAdapter(options.adapterWeights, compiled, base);
  for (const [slot, path] of options.slot)
    values = intoSlot(compiled, values, slot, openAdapter(path, base));
  writeAdapter(options.out, compiled, values, base);
  for (const [slot, path] of options.slot) io.out(`slot ${String(slot)}: ${path}\n`);
  io.err(`wrote ${options.out}\n`);
}

/** What the initialisers of a bank give: every B is 0, and every sample has the first adapter. */
async function emptyBank(compiled: Compiled, base: Tensors): Promise<Tensors> {
  const backend = await openBackend(compiled, { backend: "reference" });
  await backend.init(0, base);
  return backend.readVariables(false);
}
