// What `dl spectrum` prints and draws of the weights of a file.
import type { HostTensor, StoredTensors } from "../../runtime/weights.js";
import { dataFault } from "../faults.js";
import { readSafetensors, writeWhole } from "../files.js";
import { printJson, type Io } from "../io.js";
import { hostTensor } from "../tensors.js";
import { energyAt, errorAt, spectrumOf, suggestions, type Spectrum } from "./spectrum.js";

/** What the command line of `dl spectrum` says. */
export interface SpectrumOptions {
  readonly base?: string;
  readonly rank: number;
  readonly out?: string;
  readonly json?: boolean;
}

/** Prints the spectra of the matrices of a file, and draws them where asked to. */
export async function reportSpectra(
  weights: string,
  options: SpectrumOptions,
  io: Io,
): Promise<void> {
  const stored = readSafetensors(weights);
  const base = options.base === undefined ? undefined : readSafetensors(options.base);
  const spectra = matrices(stored, weights, base, options.base ?? "").flatMap(
    ([path, tensor]) => spectrumOf(path, tensor) ?? [],
  );
  if (spectra.length === 0)
    throw dataFault(
      "no-matrix",
      `\`${weights}\` holds no matrix${base ? " that differs from the base's" : ""}`,
    );
  const advice = suggestions(spectra);
  if (options.json === true) {
    const { rank } = options;
    const rows = spectra.map((s) => ({
      ...s,
      energy: s.values.map((_, i) => energyAt(s, i + 1)),
      errors: s.values.map((_, i) => errorAt(s, i + 1)),
    }));
    printJson(io, { rank, matrices: rows, suggestions: advice });
  } else io.out(text(spectra, options.rank, advice));
  if (options.out === undefined) return;
  const { drawSpectra } = await import("./spectrum-picture.js");
  const title = base ? `Update from ${options.base ?? ""} to ${weights}` : weights;
  writeWhole(options.out, await drawSpectra(title, spectra));
  io.err(`wrote ${options.out}\n`);
}

/** The tensors with several axes, or what they have more than the base's; what did not change is left out. */
function matrices(
  { tensors }: StoredTensors,
  file: string,
  base: StoredTensors | undefined,
  baseFile: string,
): readonly (readonly [string, HostTensor])[] {
  return [...tensors].flatMap(([path, stored]) => {
    if (stored.shape.length < 2) return [];
    const tensor = hostTensor(stored, "f32", file);
    if (!base) return [[path, tensor] as const];
    const from = base.tensors.get(path);
    if (!from) return [];
    if (from.shape.join() !== stored.shape.join())
      throw dataFault(
        "weights-shape",
        `\`${path}\` is [${stored.shape.join(", ")}] in \`${file}\` and [${from.shape.join(", ")}] in \`${baseFile}\``,
      );
    const before = hostTensor(from, "f32", baseFile).data;
    const data = Float64Array.from(tensor.data, (x, i) => x - (before[i] ?? NaN));
    return data.every((x) => x === 0) ? [] : [[path, { ...tensor, data }] as const];
  });
}

function text(
  spectra: readonly Spectrum[],
  rank: number,
  advice: ReturnType<typeof suggestions>,
): string {
  const width = Math.max(6, ...spectra.map(({ path }) => path.length));
  const head = `${"matrix".padEnd(width)}  ${"size".padEnd(11)}  largest   energy at ${String(rank)}  error at ${String(rank)}  rank 90 %  rank 99 %`;
  const rows = spectra.map((s) => {
    const known = (r: number | undefined): string =>
      String(r ?? `> ${String(s.values.length)}`).padStart(9);
    return [
      s.path.padEnd(width),
      `${String(s.rows)} x ${String(s.columns)}${s.isSketched ? " ~" : ""}`.padEnd(11),
      (s.values[0] ?? 0).toPrecision(4).padStart(7),
      `${(100 * energyAt(s, rank)).toFixed(1)} %`.padStart(11 + String(rank).length),
      errorAt(s, rank)
        .toFixed(4)
        .padStart(9 + String(rank).length),
      known(s.rank90),
      known(s.rank99),
    ].join("  ");
  });
  const tips = advice.map(
    ({ path, rank: r, size, energy }) =>
      `  adapt ${path.replace(/\.weight$/, "")} by lora(rank = ${String(r)})  // ${(100 * energy).toFixed(0)} % of the squares in ${(100 * size).toFixed(0)} % of the numbers`,
  );
  const tail =
    tips.length > 0
      ? ["", "suggested:", ...tips]
      : ["", "no matrix is of low rank: 90 % of the squares take more than half of the numbers"];
  return `${[head, ...rows, ...tail].join("\n")}\n`;
}
