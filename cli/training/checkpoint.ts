// Checkpoints: everything a run needs to go on, in safetensors files that are whole or absent.
import { createHash } from "node:crypto";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { HostTensor, StoredTensors } from "../../runtime/weights.js";
import {
  asHostData,
  hostDtypeOf,
  numbersOf,
  toStored,
  type StoredTensor,
} from "../../runtime/weights.js";
import type { Tensors } from "../backend.js";
import { dataFault } from "../faults.js";
import { makeFolder, readSafetensors, removeTemporaries, writeSafetensors } from "../files.js";

/** What identifies a run besides its tensors; plain text, so that it lives in the metadata of the file. */
export interface RunFacts {
  readonly run: string;
  readonly seed: number;
  readonly batch: number | undefined;
  readonly length: number | undefined;
  /** SHA-256 of the data. */
  readonly data: string;
  /** Name of the backend that computed it: bits are equal only on the same one. */
  readonly backend: string;
}

/** A point to go on from. */
export interface Checkpoint {
  /** Steps done. */
  readonly step: number;
  readonly facts: RunFacts;
  readonly variables: Tensors;
}

/** Writes a checkpoint and removes all but the newest two. */
export function saveCheckpoint(runFolder: string, { step, facts, variables }: Checkpoint): void {
  const folder = checkpointFolder(runFolder);
  const known = Object.entries(facts).filter(([, value]) => value !== undefined);
  const metadata: Record<string, string> = { step: String(step) };
  for (const [key, value] of known) metadata[key] = String(value);
  const digest = digestOf(
    [...variables].map(([name, tensor]) => toStored(name, tensor)),
    metadata,
  );
  writeSafetensors(join(folder, fileName(step)), variables, { ...metadata, digest });
  for (const old of checkpointNames(folder).slice(2)) rmSync(join(folder, old), { force: true });
}

/** The newest checkpoint that is whole, or undefined where there is none; `warn` hears of damaged ones. */
export function loadCheckpoint(
  runFolder: string,
  warn: (text: string) => void,
): Checkpoint | undefined {
  const folder = checkpointFolder(runFolder);
  removeTemporaries(folder);
  const names = checkpointNames(folder);
  for (const name of names) {
    const path = join(folder, name);
    try {
      return readCheckpoint(path);
    } catch (thrown) {
      warn(
        `warning: ${thrown instanceof Error ? thrown.message : String(thrown)}; trying the one before it\n`,
      );
    }
  }
  if (names.length === 0) return undefined;
  throw dataFault(
    "no-checkpoint",
    `no checkpoint in \`${folder}\` is whole`,
    "start again without --resume",
  );
}

function readCheckpoint(path: string): Checkpoint {
  const file = readSafetensors(path);
  const { digest, ...metadata } = Object.fromEntries(file.metadata);
  if (digest !== digestOf([...file.tensors.values()], metadata)) {
    throw dataFault("damaged-checkpoint", `\`${path}\` is damaged: its checksum does not agree`);
  }
  const variables = new Map([...file.tensors].map(([name, stored]) => [name, exact(stored, path)]));
  return { step: Number(metadata["step"]), facts: factsOf(file), variables };
}

function factsOf({ metadata }: StoredTensors): RunFacts {
  const number = (key: string): number | undefined => {
    const text = metadata.get(key);
    return text === undefined ? undefined : Number(text);
  };
  return {
    run: metadata.get("run") ?? "",
    seed: number("seed") ?? 0,
    batch: number("batch"),
    length: number("length"),
    data: metadata.get("data") ?? "",
    backend: metadata.get("backend") ?? "",
  };
}

/** Nothing is rounded: float64 stays float64, as the reference backend keeps it. */
function exact(stored: StoredTensor, path: string): HostTensor {
  const numbers = numbersOf(stored, path);
  const dtype = hostDtypeOf(stored.dtype);
  return {
    dtype,
    shape: stored.shape,
    data: stored.dtype === "F64" ? numbers : asHostData(numbers, dtype),
  };
}

function digestOf(
  tensors: readonly StoredTensor[],
  metadata: Readonly<Record<string, string>>,
): string {
  const hash = createHash("sha256");
  hash.update(JSON.stringify(Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1))));
  for (const { name, dtype, shape, bytes } of [...tensors].sort((a, b) =>
    a.name < b.name ? -1 : 1,
  )) {
    hash.update(JSON.stringify([name, dtype, shape])).update(bytes);
  }
  return hash.digest("hex");
}

function checkpointFolder(runFolder: string): string {
  const folder = join(runFolder, "checkpoints");
  makeFolder(folder);
  return folder;
}

const fileName = (step: number): string => `step-${String(step).padStart(8, "0")}.safetensors`;

/** Newest first. */
const checkpointNames = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => /^step-\d+\.safetensors$/.test(name))
    .sort()
    .reverse();
