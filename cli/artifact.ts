// Artifacts on the disk: a folder with a manifest, one file a kernel, and the weights where they were given.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { formatVersion, type Artifact, type KernelText } from "../runtime/format.js";
import { dataFault } from "./faults.js";
import { makeFolder, readText, writeWhole } from "./files.js";

/** Name of the weights inside an artifact folder. */
export const weightsFile = "weights.safetensors";

const manifestFile = "manifest.json";
const kernelFolder = "kernels";

/** A kernel in the manifest: its text lies in a file of its own, whose SHA-256 is noted. */
type KernelEntry = Omit<KernelText, "wgsl"> & { readonly file: string; readonly sha256: string };

/** Whether a path is an artifact folder. */
export const isArtifact = (path: string): boolean =>
  existsSync(path) && statSync(path).isDirectory() && existsSync(join(path, manifestFile));

/** Writes an artifact; the same artifact always gives the same bytes. Kernels of an older one in the folder are removed. */
export function writeArtifact(folder: string, artifact: Artifact): void {
  const kernels = artifact.kernels.map(({ wgsl, ...rest }, i): KernelEntry => {
    const file = `${String(i).padStart(3, "0")}.wgsl`;
    writeWhole(join(folder, kernelFolder, file), wgsl);
    return { ...rest, file, sha256: digest(wgsl) };
  });
  makeFolder(join(folder, kernelFolder));
  const written = new Set(kernels.map(({ file }) => file));
  for (const name of readdirSync(join(folder, kernelFolder))) {
    if (/^\d+\.wgsl$/.test(name) && !written.has(name)) rmSync(join(folder, kernelFolder, name));
  }
  writeWhole(join(folder, manifestFile), `${JSON.stringify({ ...artifact, kernels }, null, 1)}\n`);
}

/** Reads an artifact folder; refuses other format versions, and files that are not those the manifest was written with. */
export function readArtifact(folder: string): Artifact {
  const manifest = parseManifest(join(folder, manifestFile));
  const kernels = manifest.kernels.map(({ file, sha256, ...rest }): KernelText => {
    if (!/^\d+\.wgsl$/.test(file))
      throw damaged(folder, `its manifest names the kernel file \`${file}\``);
    const wgsl = readText(join(folder, kernelFolder, file));
    if (digest(wgsl) !== sha256)
      throw damaged(folder, `the kernel \`${file}\` is not the one that was built`);
    return { ...rest, wgsl };
  });
  return { ...manifest, kernels };
}

type Manifest = Omit<Artifact, "kernels"> & { readonly kernels: readonly KernelEntry[] };

function parseManifest(path: string): Manifest {
  let manifest: Manifest;
  try {
    manifest = JSON.parse(readText(path)) as Manifest;
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown;
    throw damaged(path, "its manifest is not JSON");
  }
  if (manifest.format === formatVersion) return manifest;
  const have = `\`${path}\` has artifact format ${String(manifest.format)}`;
  throw dataFault(
    "artifact-format",
    `${have}, and this version runs format ${String(formatVersion)}`,
    "build it again with dl build",
  );
}

const digest = (text: string): string => createHash("sha256").update(text).digest("hex");

const damaged = (folder: string, why: string): Error =>
  dataFault("artifact-damaged", `\`${folder}\` is damaged: ${why}`, "build it again with dl build");
