// What an artifact holds, as data: for `dl inspect` and `dl diff`.
import { digestOf } from "../runtime/digest.js";
import type { DeviceNeeds, EntryPlan, Manifest, Schedule } from "../runtime/format.js";
import { evaluate } from "../runtime/formula.js";
import { largestManifest, readManifest } from "../runtime/manifest.js";
import { needsOf, totalBytes } from "../runtime/needs.js";
import { partNames } from "../runtime/source.js";
import { artifactSource } from "./artifact.js";
import type { Sizes } from "./sizes.js";

/** An entry or training step of a schedule. */
export interface EntrySummary {
  readonly name: string;
  readonly isStep: boolean;
  /** Inputs as `name: type`. */
  readonly inputs: readonly string[];
  readonly results: readonly string[];
  readonly guards: readonly string[];
  readonly dispatches: number;
  /** Operations and peak bytes of a call, where all its free sizes are known. */
  readonly at?: { readonly flops: number; readonly bytes: number };
}

/** A schedule. */
export interface ScheduleSummary {
  readonly for: string;
  readonly needs: DeviceNeeds;
  readonly kernels: number;
  readonly shaderBytes: number;
  readonly entries: readonly EntrySummary[];
}

/** An artifact. */
export interface ArtifactSummary {
  /** SHA-256 of the manifest, which holds the hashes of all other parts. */
  readonly id: string;
  readonly format: number;
  readonly name: string;
  readonly parameters: number;
  readonly variables: Readonly<Record<string, string>>;
  readonly schedules: readonly ScheduleSummary[];
  readonly weights?: { readonly bytes: number; readonly sha256: readonly string[] };
}

/** Reads the manifest of an artifact and sums it up; throws a `RuntimeFault` where it is damaged. */
export async function summarize(path: string, at: Sizes): Promise<ArtifactSummary> {
  const bytes = await (await artifactSource(path)).read(partNames.manifest, largestManifest);
  const manifest = readManifest(bytes, path);
  const { format, name, variables, weights } = manifest;
  const numel = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
  const own = variables.filter(({ role }) => role === "parameter");
  return {
    id: await digestOf(bytes),
    format,
    name,
    parameters: own.reduce((sum, { shape }) => sum + numel(shape), 0),
    variables: Object.fromEntries(
      variables.map(({ path: key, role, dtype, shape }) => {
        const type = `${dtype}[${shape.join(", ")}]`;
        return [key, role === "state" ? `state ${type}` : type];
      }),
    ),
    schedules: manifest.schedules.map((schedule) => scheduleOf(manifest, schedule, at)),
    ...(weights ? { weights: { bytes: weights.bytes, sha256: weights.sha256 } } : {}),
  };
}

function scheduleOf(manifest: Manifest, schedule: Schedule, at: Sizes): ScheduleSummary {
  const { target, needs, kernels, entries, steps } = schedule;
  const files = new Map(kernels.map(({ file, bytes }) => [file, bytes]));
  return {
    for: target.adapterClass,
    needs,
    kernels: files.size,
    shaderBytes: [...files.values()].reduce((a, b) => a + b, 0),
    entries: [
      ...entries.map((entry) => entryOf(manifest, schedule, entry, at, false)),
      ...steps.map((step) => entryOf(manifest, schedule, step, at, true)),
    ],
  };
}

function entryOf(
  manifest: Manifest,
  schedule: Schedule,
  entry: EntryPlan,
  at: Sizes,
  isStep: boolean,
): EntrySummary {
  const { name, inputs, guards, program } = entry;
  const symbols = program.symbols.map((symbol) => at[symbol.name]);
  const known = symbols.filter((size) => size !== undefined);
  const flops = program.dispatches.map((d) => evaluateOr(d.flops, known));
  const artifact = { ...manifest, ...schedule, kernels: [] };
  return {
    name,
    isStep,
    inputs: inputs.map((input) => `${input.name}: ${input.text}`),
    results: program.results.filter((r) => r.role === "result").map((r) => r.name),
    guards: guards.map(({ text, relation, leftText, rightText }) => {
      const solved = `${leftText} ${relation} ${rightText}`;
      return text === solved ? text : `${text}: ${solved}`;
    }),
    dispatches: program.dispatches.length,
    ...(known.length === symbols.length
      ? {
          at: {
            flops: flops.reduce((a, b) => a + b, 0),
            bytes: totalBytes(needsOf(artifact, name, known)),
          },
        }
      : {}),
  };
}

const evaluateOr = (
  formula: Parameters<typeof evaluate>[0] | undefined,
  symbols: readonly number[],
): number => {
  const needed = JSON.stringify(formula ?? 0).matchAll(/"sym",(\d+)/g);
  const isKnown = [...needed].every(([, n]) => Number(n) < symbols.length);
  return formula !== undefined && isKnown ? evaluate(formula, symbols) : 0;
};
