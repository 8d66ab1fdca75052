// `dl spectrum`: singular values of weights, or of what training changed in them, and the ranks that they suggest.
import type { Command } from "commander";
import type { SpectrumOptions } from "../adapters/spectrum-report.js";
import type { Io } from "../io.js";
import { positiveNumber } from "../options.js";

/** Registers `dl spectrum`. */
export function registerSpectrum(program: Command, io: Io): void {
  program
    .command("spectrum")
    .description("singular values of weights or of an update, and the ranks that they suggest")
    .argument("<weights>", "a safetensors file")
    .option("--base <file>", "weights from which the others were trained: looks at the difference")
    .option("--rank <n>", "a rank of which energy and error are shown", positiveNumber, 8)
    .option("-o, --out <file>", "an SVG of the energy at each rank")
    .option("--json", "print as JSON")
    .addHelpText(
      "after",
      "\nExample:\n  $ dl spectrum tuned.safetensors --base base.safetensors -o spectrum.svg",
    )
    .action(async (weights: string, options: SpectrumOptions) => {
      const { reportSpectra } = await import("../adapters/spectrum-report.js");
      await reportSpectra(weights, options, io);
    });
}
