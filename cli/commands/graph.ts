// `dl graph`: a picture of an entry, nested by call, with shapes on the edges.
import { InvalidArgumentError, type Command } from "commander";
import { pictureOf } from "../../compiler/queries/picture.js";
import { chosen, compileFile } from "../compile.js";
import { dataFault, UsageError } from "../faults.js";
import { writeWhole } from "../files.js";
import { darkInk, drawPicture, lightInk } from "../graph/draw.js";
import type { Io } from "../io.js";
import { addModelOptions, type ModelOptions } from "../options.js";

interface GraphOptions extends ModelOptions {
  readonly fn?: string;
  readonly entry?: string;
  readonly depth: number;
  readonly dark?: boolean;
  readonly out?: string;
}

/** Registers `dl graph`. */
export function registerGraph(program: Command, io: Io): void {
  const command = program
    .command("graph")
    .description(
      "draw an entry: calls inside of one another, with the shapes that flow between them",
    )
    .argument("<file>", "a `.dl` file")
    .option("--fn <name>", "a function of the file instead of a model");
  addModelOptions(command)
    .option("--entry <name>", "the function of the model to draw; default: forward")
    .option("--depth <n>", "how deep calls are drawn inside of one another", depthOption, 2)
    .option("--dark", "for dark screens")
    .option("-o, --out <file>", "where to write the picture: .svg, or .png")
    .addHelpText("after", "\nExample:\n  $ dl graph model.dl --model Gpt -o gpt.svg")
    .action((file: string, options: GraphOptions) => graph(file, options, io));
}

function depthOption(text: string): number {
  if (/^[1-9]\d?$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be a number from 1 to 99.");
}

async function graph(file: string, options: GraphOptions, io: Io): Promise<void> {
  const { out, fn, depth } = options;
  if (out === undefined) throw new UsageError("-o is missing", "name the picture to write");
  const compiled = compileFile(file, chosen(options), io);
  const wanted = fn ?? options.entry ?? "forward";
  const entry = compiled.entries.find(({ name }) => name === wanted);
  if (!entry) {
    const names = compiled.entries.map(({ name }) => `\`${name}\``).join(", ");
    throw dataFault("unknown-entry", `there is no entry \`${wanted}\``, `the entries are ${names}`);
  }
  const { default: Elk } = await import("elkjs/lib/elk.bundled.js");
  const ink = options.dark === true ? darkInk : lightInk;
  const svg = await drawPicture(pictureOf(entry, depth), new Elk.default(), ink);
  writeWhole(out, out.endsWith(".png") ? await pngOf(svg) : svg);
}

/** The picture in pixels, the same on every machine. */
async function pngOf(svg: string): Promise<Uint8Array> {
  const { renderPng } = await import("../png.js");
  const font = { file: "DejaVuSansMono.ttf", family: "DejaVu Sans Mono" };
  return renderPng(svg, font, { isAlone: true });
}
