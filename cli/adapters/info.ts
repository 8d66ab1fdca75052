// What `dl info` says of adapters: what each `adapt` line matched, by which scale it acts, and how much of the model it trains.
import type { AdapterSpec, Compiled } from "../../compiler/ir/program.js";
import { replacementFaults } from "./file.js";

/** One `adapt` line of a built model. */
export interface AdapterInfo {
  /** As it is written. */
  readonly line: string;
  /** Paths of the layers that it adapts. */
  readonly layers: readonly string[];
  /** By what updates are multiplied, each value once; empty where the adapter does not say. */
  readonly scales: readonly number[];
  /** Trained numbers that it adds, and their share of the parameters of the base. */
  readonly trained: number;
  readonly share: number;
}

/** The `adapt` lines of a model in the order of the layers that they match. */
export function adapterInfos({ adapters = [], variables }: Compiled): readonly AdapterInfo[] {
  const counts = new Map(
    variables.map((v) => [v.path, v.isTrainable ? v.shape.reduce((a, b) => a * b, 1) : 0]),
  );
  const base = variables
    .filter((v) => v.role === "parameter" && v.isAdded !== true)
    .reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  const lines = new Map<string, AdapterSpec[]>();
  for (const adapter of adapters)
    lines.set(adapter.line, [...(lines.get(adapter.line) ?? []), adapter]);
  return [...lines].map(([line, matched]) => {
    // What layers share counts once.
    const tensors = new Set(matched.flatMap((a) => a.tensors));
    const trained = [...tensors].reduce((sum, path) => sum + (counts.get(path) ?? 0), 0);
    return {
      line,
      layers: matched.map(({ path }) => path),
      scales: [...new Set(matched.flatMap(({ scale }) => scale ?? []))],
      trained,
      share: trained / Math.max(base, 1),
    };
  });
}

/** The lines for people. */
export const adapterText = (adapters: readonly AdapterInfo[]): readonly string[] =>
  adapters.flatMap(({ line, layers, scales, trained, share }) => [
    "",
    line,
    `  ${"matched".padEnd(12)} ${String(layers.length)}: ${layers.join(", ")}`,
    ...(scales.length > 0
      ? [
          `  ${"scale".padEnd(12)} ${scales.map((s) => String(Number(s.toPrecision(6)))).join(", ")}`,
        ]
      : []),
    `  ${"trained".padEnd(12)} ${trained.toLocaleString("en-US")}, ${(100 * share).toFixed(2)} % of the base`,
  ]);

/** Whether an adapter file can take the place of the adapters of a built model; every obstacle names both sides. */
export interface Replacement {
  readonly file: string;
  readonly fits: boolean;
  readonly obstacles: readonly string[];
}

/** What an adapter file is to a built model. Throws where the file is none. */
export function replacementOf(file: string, compiled: Compiled): Replacement {
  const obstacles = replacementFaults(file, compiled);
  return { file, fits: obstacles.length === 0, obstacles };
}

/** The same for people. */
export function replacementText(replacement: Replacement | undefined): readonly string[] {
  if (!replacement) return [];
  const { file, fits, obstacles } = replacement;
  const says = fits
    ? "takes the place of these adapters without compiling anew"
    : "needs a model that is compiled for it:";
  return ["", `\`${file}\` ${says}`, ...obstacles.map((obstacle) => `  ${obstacle}`)];
}
