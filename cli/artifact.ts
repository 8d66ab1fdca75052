// Artifacts on the disk: a folder, or one `.dla` file, with a manifest, kernels, the weights where given, and a typed module.
import { existsSync, openSync, readSync, closeSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { openArtifact, type Opened } from "../runtime/artifact.js";
import { digestOf } from "../runtime/digest.js";
import type {
  Artifact,
  KernelEntry,
  Manifest,
  Schedule,
  Target,
  WeightsEntry,
} from "../runtime/format.js";
import type { Capabilities } from "../runtime/lacking.js";
import { nodeHost } from "../runtime/node.js";
import {
  dlaSource,
  folderSource,
  joined,
  magic,
  partNames,
  type Source,
} from "../runtime/source.js";
import { verified } from "../runtime/weights-stream.js";
import { serializeSafetensors } from "../runtime/weights.js";
import { artifactModule, artifactTypes } from "./artifact-module.js";
import type { Tensors } from "./backend.js";
import { toFile } from "../runtime/coded-files.js";
import { packDla } from "./dla.js";
import { makeFolder, writeWhole } from "./files.js";

/** An artifact as it was built for one kind of device. */
export interface Built {
  readonly target: Target;
  readonly artifact: Artifact;
}

/** Bytes of the pieces in which weights are hashed. */
const piece = 2 ** 22;

/** Whether a path is an artifact: a folder with a manifest, or a `.dla` file. */
export const isArtifact = (path: string): boolean =>
  existsSync(path) &&
  (statSync(path).isDirectory() ? existsSync(join(path, partNames.manifest)) : startsAsDla(path));

function startsAsDla(path: string): boolean {
  if (!statSync(path).isFile()) return false;
  const file = openSync(path, "r");
  try {
    const start = Buffer.alloc(magic.length);
    return readSync(file, start) === magic.length && start.toString("latin1") === magic;
  } finally {
    closeSync(file);
  }
}

/** The parts of an artifact by name, from what was built for each kind of device. The same artifacts always give the same bytes. */
export async function partsOf(
  [first, ...more]: readonly [Built, ...Built[]],
  weights: Tensors | undefined,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const parts = new Map<string, Uint8Array>();
  const files = new Map<string, string>();
  const schedules: Schedule[] = [];
  for (const { target, artifact } of [first, ...more]) {
    const kernels: KernelEntry[] = [];
    for (const { wgsl, ...rest } of artifact.kernels) {
      const bytes = encode(wgsl);
      const sha256 = await digestOf(bytes);
      const file = files.get(sha256) ?? `${String(files.size).padStart(3, "0")}.wgsl`;
      files.set(sha256, file);
      parts.set(`${partNames.kernels}/${file}`, bytes);
      kernels.push({ ...rest, file, bytes: bytes.length, sha256 });
    }
    const { needs, init, entries, steps } = artifact;
    schedules.push({ target, needs, kernels, init, entries, steps });
  }
  const { format, name, variables, arenas } = first.artifact;
  const stored = weights && serializeSafetensors(toFile(weights, variables));
  if (stored) parts.set(partNames.weights, stored);
  const manifest: Manifest = {
    format,
    name,
    variables,
    arenas,
    schedules,
    ...(stored ? { weights: await weightsEntry(stored) } : {}),
  };
  parts.set(partNames.manifest, encode(`${JSON.stringify(manifest, null, 1)}\n`));
  parts.set("index.js", encode(artifactModule(first.artifact)));
  parts.set("index.d.ts", encode(artifactTypes(first.artifact)));
  return parts;
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

async function weightsEntry(stored: Uint8Array): Promise<WeightsEntry> {
  const starts = Array.from({ length: Math.ceil(stored.length / piece) }, (_, i) => i * piece);
  const sha256 = await Promise.all(starts.map((at) => digestOf(stored.subarray(at, at + piece))));
  return { bytes: stored.length, piece, sha256 };
}

/** Says of a folder that its `index.js` is an ECMAScript module, whatever package the folder lies in. */
const modulePackage = '{ "type": "module" }\n';

/** Writes an artifact as one file where the path ends in `.dla`, else as a folder, from which parts of older ones are removed. */
export function writeArtifact(path: string, parts: ReadonlyMap<string, Uint8Array>): void {
  if (path.endsWith(".dla")) {
    writeWhole(path, packDla(parts));
    return;
  }
  const kernels = join(path, partNames.kernels);
  makeFolder(kernels);
  // The manifest comes last: until it is there, the folder is the older artifact or none.
  const ordered = [...parts].sort(
    ([a], [b]) => Number(a === partNames.manifest) - Number(b === partNames.manifest),
  );
  for (const [name, bytes] of ordered) writeWhole(join(path, name), bytes);
  const own = join(path, "package.json");
  // Where someone's own package is built into, that one says what its modules are.
  if (!existsSync(own)) writeWhole(own, encode(modulePackage));
  if (!parts.has(partNames.weights)) rmSync(join(path, partNames.weights), { force: true });
  for (const name of readdirSync(kernels)) {
    const isOld = /^\d+\.wgsl$/.test(name) && !parts.has(`${partNames.kernels}/${name}`);
    if (isOld) rmSync(join(kernels, name));
  }
}

/** The parts of an artifact on the disk. */
export async function artifactSource(path: string): Promise<Source> {
  if (statSync(path).isDirectory()) return folderSource(path, nodeHost.folder(path));
  return dlaSource(path, (await nodeHost.open(path)).chunks);
}

/** An artifact on the disk, and its weights where it has some. */
export interface OnDisk extends Opened {
  /** Reads the weights whole, each piece held against its hash. */
  readonly weights: (() => Promise<Uint8Array>) | undefined;
}

/** Reads an artifact with its schedule for a device; rejects with a `RuntimeFault` where it is damaged or of another version. */
export async function readArtifact(path: string, device?: Capabilities): Promise<OnDisk> {
  const source = await artifactSource(path);
  const opened = await openArtifact(source, device);
  const entry = opened.manifest.weights;
  if (!entry) return { ...opened, weights: undefined };
  return { ...opened, weights: () => readWhole(source, entry) };
}

async function readWhole(source: Source, entry: WeightsEntry): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const part of verified(source.stream(partNames.weights), entry, source.name))
    pieces.push(part);
  return joined(pieces, entry.bytes);
}
