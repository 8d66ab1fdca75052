// What `dl run` and `dl grad` work on: a model compiled from source, or an artifact that was built before.
import type { Compiled, VariableSpec } from "../compiler/ir/program.js";
import { parseSafetensors, type HostDtype } from "../runtime/weights.js";
import { isArtifact, readArtifact } from "./artifact.js";
import type { Backend, BackendChoice, Tensors } from "./backend.js";
import { openBackend } from "./backend/open.js";
import { compileFile, type FileOptions } from "./compile.js";
import { UsageError } from "./faults.js";
import type { Io } from "./io.js";
import { collapsePacks, type Collapsed } from "./packs.js";
import { sizesFor, type Sizes } from "./sizes.js";
import { fittingWeights } from "./weights.js";

/** A model that can be run. */
export interface Runnable {
  readonly name: string;
  readonly variables: readonly VariableSpec[];
  /** What was compiled; absent for an artifact. */
  readonly compiled?: Compiled;
  readonly entries: readonly RunnableEntry[];
  /** Reads the weights that lie beside it. */
  readonly weights: ((io: Io) => Promise<Tensors>) | undefined;
  open(choice: BackendChoice): Promise<Backend>;
}

/** An entry with the tensors it takes. */
export interface RunnableEntry {
  readonly name: string;
  readonly inputs: readonly {
    readonly name: string;
    readonly dtype: HostDtype;
    readonly rank: number;
  }[];
  /** Brings inputs into the form that the entry was compiled for. */
  collapse(inputs: Tensors): Collapsed;
  /** The sizes that its free dims have for inputs in that form; none where it was built before. */
  sizesFor(inputs: Tensors): Sizes;
}

/** Opens a `.dl` file, compiled with these options, or an artifact folder. */
export async function openRunnable(path: string, options: FileOptions, io: Io): Promise<Runnable> {
  return isArtifact(path) ? fromArtifact(path, options) : fromSource(path, options, io);
}

function fromSource(path: string, options: FileOptions, io: Io): Runnable {
  const compiled = compileFile(path, options, io);
  const entries = compiled.entries.map((entry) => ({
    name: entry.name,
    inputs: given(entry.signature.inputs),
    collapse: (inputs: Tensors) => collapsePacks(entry, inputs),
    sizesFor: (inputs: Tensors) => sizesFor(entry.signature, inputs),
  }));
  return {
    name: compiled.name,
    variables: compiled.variables,
    compiled,
    entries,
    weights: undefined,
    open: (choice) => openBackend(compiled, choice),
  };
}

async function fromArtifact(folder: string, wanted: FileOptions): Promise<Runnable> {
  const { model, sets, float } = wanted;
  if (model !== undefined || float !== undefined || Object.keys(sets ?? {}).length > 0) {
    throw new UsageError(
      `\`${folder}\` is an artifact: its model, statics and float type were chosen when it was built`,
      "leave out --model, --set and --dtype",
    );
  }
  const { artifact, weights } = await readArtifact(folder);
  return {
    name: artifact.name,
    variables: artifact.variables,
    entries: artifact.entries.map(({ name, inputs }) => ({
      name,
      inputs: given(inputs),
      collapse: unchanged,
      sizesFor: () => ({}),
    })),
    weights:
      weights &&
      (async (io) =>
        fittingWeights(parseSafetensors(await weights(), folder), artifact.variables, folder, io)),
    async open(choice) {
      if (choice.backend === "reference") {
        throw new UsageError(
          "an artifact holds kernels only, so the reference backend cannot run it",
          "run the .dl file instead",
        );
      }
      if (choice.memory !== undefined) {
        throw new UsageError(
          "an artifact's memory was chosen when it was built, so --memory cannot change it",
          "give --memory to `dl build`",
        );
      }
      if (choice.tuned !== undefined) {
        throw new UsageError(
          "an artifact's schedules were chosen when it was built, so --tuned cannot change them",
          "give --tuned to `dl build`",
        );
      }
      const { openArtifactBackend } = await import("./backend/webgpu.js");
      return openArtifactBackend(folder, choice.adapter);
    },
  };
}

/** An artifact does not know what its axes stood for. */
const unchanged = (inputs: Tensors): Collapsed => ({ inputs, restore: (results) => results });

interface GivenSpec {
  readonly name: string;
  readonly dtype: HostDtype;
  readonly shape: readonly unknown[];
}

const given = (inputs: readonly GivenSpec[]): RunnableEntry["inputs"] =>
  inputs.map(({ name, dtype, shape }) => ({ name, dtype, rank: shape.length }));
