// Artifacts on the disk: a folder with a manifest, one file a kernel, the weights where given, and a typed module.
import { existsSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import {
  digestOf,
  folderNames,
  readFolder,
  type KernelEntry,
  type Manifest,
  type OpenedFolder,
} from "../runtime/folder.js";
import type { Artifact } from "../runtime/format.js";
import { artifactModule, artifactTypes } from "./artifact-module.js";
import type { Tensors } from "./backend.js";
import { toFile } from "../runtime/coded-files.js";
import { makeFolder, writeSafetensors, writeWhole } from "./files.js";

/** Whether a path is an artifact folder. */
export const isArtifact = (path: string): boolean =>
  existsSync(path) && statSync(path).isDirectory() && existsSync(join(path, folderNames.manifest));

/** Writes an artifact; the same artifact always gives the same bytes. What an older one left in the folder is removed. */
export async function writeArtifact(
  folder: string,
  artifact: Artifact,
  weights: Tensors | undefined,
): Promise<void> {
  makeFolder(join(folder, folderNames.kernels));
  const kernels: KernelEntry[] = [];
  for (const [i, { wgsl, ...rest }] of artifact.kernels.entries()) {
    const file = `${String(i).padStart(3, "0")}.wgsl`;
    writeWhole(join(folder, folderNames.kernels, file), wgsl);
    kernels.push({ ...rest, file, sha256: await digestOf(new TextEncoder().encode(wgsl)) });
  }
  removeOthers(join(folder, folderNames.kernels), new Set(kernels.map(({ file }) => file)));
  if (weights)
    writeSafetensors(join(folder, folderNames.weights), toFile(weights, artifact.variables));
  else rmSync(join(folder, folderNames.weights), { force: true });
  writeWhole(join(folder, "index.js"), artifactModule(artifact));
  writeWhole(join(folder, "index.d.ts"), artifactTypes(artifact));
  const manifest: Manifest = { ...artifact, kernels, hasWeights: weights !== undefined };
  writeWhole(join(folder, folderNames.manifest), `${JSON.stringify(manifest, null, 1)}\n`);
}

/** Reads an artifact folder; rejects with a `RuntimeFault` where it is damaged or of another version. */
export const readArtifact = (folder: string): Promise<OpenedFolder> =>
  readFolder((name) => Promise.resolve(readFileSync(join(folder, name))), folder);

/** Kernels of an older artifact. */
function removeOthers(folder: string, kept: ReadonlySet<string>): void {
  for (const name of readdirSync(folder)) {
    if (/^\d+\.wgsl$/.test(name) && !kept.has(name)) rmSync(join(folder, name));
  }
}
