// `dl peft`: adapters from and to the folders that PEFT reads and writes.
import { join } from "node:path";
import type { Command } from "commander";
import { readAdapter, writeAdapter } from "../adapters/file.js";
import { fingerprintOf } from "../adapters/fingerprint.js";
import { fromPeft, parsePeftConfig, toPeft } from "../adapters/peft.js";
import type { Tensors } from "../backend.js";
import { chosen, compileFile } from "../compile.js";
import { readSafetensors, readText, writeSafetensors, writeWhole } from "../files.js";
import type { Io } from "../io.js";
import { addModelOptions, type ModelOptions } from "../options.js";
import { hostTensor } from "../tensors.js";
import { readWeights } from "../weights.js";
import type { Compiled } from "../../compiler/ir/program.js";
import { toFile } from "../../runtime/coded-files.js";

interface PeftOptions extends ModelOptions {
  readonly weights: string;
  readonly out: string;
}

const names = { config: "adapter_config.json", tensors: "adapter_model.safetensors" } as const;

/** Registers `dl peft import` and `dl peft export`. */
export function registerPeft(program: Command, io: Io): void {
  const peft = program.command("peft").description("read and write the adapters of PEFT");
  const common = (command: Command, out: string): Command =>
    addModelOptions(command)
      .requiredOption("--weights <file>", "the base that the adapter belongs to")
      .requiredOption("-o, --out <path>", out);
  common(
    peft
      .command("import")
      .description("an adapter file from a folder of PEFT")
      .argument("<folder>", `a folder with ${names.config} and ${names.tensors}`)
      .argument("<file>", "a `.dl` file whose model has the same adapters"),
    "the adapter file to write",
  )
    .addHelpText(
      "after",
      "\nExample:\n  $ dl peft import adapter/ model.dl --model GptLora --weights base.safetensors -o adapter.safetensors",
    )
    .action((folder: string, file: string, options: PeftOptions) => {
      importPeft(folder, file, options, io);
    });
  common(
    peft
      .command("export")
      .description("a folder of PEFT from an adapter file")
      .argument("<adapter>", "an adapter file")
      .argument("<file>", "the `.dl` file of its model"),
    "the folder to write",
  )
    .addHelpText(
      "after",
      "\nExample:\n  $ dl peft export runs/lora/adapter.safetensors model.dl --model GptLora --weights base.safetensors -o adapter/",
    )
    .action((adapter: string, file: string, options: PeftOptions) => {
      exportPeft(adapter, file, options, io);
    });
}

const modelOf = (file: string, options: PeftOptions, io: Io): Compiled =>
  compileFile(file, { ...chosen(options), entries: [] }, io);

function importPeft(folder: string, file: string, options: PeftOptions, io: Io): void {
  const compiled = modelOf(file, options, io);
  const path = join(folder, names.config);
  const config = parsePeftConfig(readText(path), path);
  const source = join(folder, names.tensors);
  const tensors: Tensors = new Map(
    [...readSafetensors(source).tensors].map(([name, stored]) => [
      name,
      hostTensor(stored, "f32", source),
    ]),
  );
  const values = fromPeft(config, tensors, compiled);
  const base = readWeights(options.weights, compiled.variables, io);
  // What `modules_to_save` trained belongs to the base that the adapter is for.
  const saved = [...values].filter(([name]) => base.has(name));
  const owned: Tensors = new Map([...base, ...saved]);
  writeAdapter(options.out, compiled, values, fingerprintOf(compiled.variables, owned));
  if (saved.length > 0) {
    const path2 = `${options.out.replace(/\.safetensors$/, "")}.base.safetensors`;
    writeSafetensors(path2, toFile(owned, compiled.variables));
    io.err(
      `wrote ${path2}, the base with ${saved.map(([name]) => name).join(", ")} of the adapter\n`,
    );
  }
  io.err(`wrote ${options.out}\n`);
}

function exportPeft(adapter: string, file: string, options: PeftOptions, io: Io): void {
  const compiled = modelOf(file, options, io);
  const base = readWeights(options.weights, compiled.variables, io);
  const values = readAdapter(adapter, compiled, fingerprintOf(compiled.variables, base));
  const { config, tensors } = toPeft(compiled, values);
  writeWhole(join(options.out, names.config), `${JSON.stringify(config, null, 2)}\n`);
  writeSafetensors(join(options.out, names.tensors), tensors, { format: "pt" });
  io.err(`wrote ${options.out}\n`);
}
