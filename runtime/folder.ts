// Opens an artifact folder through any reader of files: a disk, or a server.
import { RuntimeFault } from "./errors.js";
import { formatVersion, type Artifact, type KernelText } from "./format.js";

/** Reads a file of the folder by its name relative to it. */
export type ReadFile = (name: string) => Promise<Uint8Array>;

/** A kernel in the manifest: its text lies in a file of its own, whose SHA-256 is noted. */
export type KernelEntry = Omit<KernelText, "wgsl"> & {
  readonly file: string;
  readonly sha256: string;
};

/** What `manifest.json` holds. */
export type Manifest = Omit<Artifact, "kernels"> & {
  readonly kernels: readonly KernelEntry[];
  /** Whether the folder holds `weights.safetensors`. */
  readonly hasWeights: boolean;
};

/** Names inside an artifact folder. */
export const folderNames = {
  manifest: "manifest.json",
  weights: "weights.safetensors",
  kernels: "kernels",
} as const;

/** An artifact as it was read, and whether weights lie beside it. */
export interface OpenedFolder {
  readonly artifact: Artifact;
  readonly hasWeights: boolean;
}

/**
 * Reads the manifest and every kernel. `name` is the folder in messages. Rejects with a `RuntimeFault` for another format
 * version, and for files that are not those the manifest was written with.
 */
export async function readFolder(read: ReadFile, name: string): Promise<OpenedFolder> {
  const { hasWeights, ...manifest } = parseManifest(await read(folderNames.manifest), name);
  const kernels = manifest.kernels.map((entry) => readKernel(entry, read, name));
  return { artifact: { ...manifest, kernels: await Promise.all(kernels) }, hasWeights };
}

async function readKernel(entry: KernelEntry, read: ReadFile, name: string): Promise<KernelText> {
  const { file, sha256, ...rest } = entry;
  if (!/^\d+\.wgsl$/.test(file))
    throw damaged(name, `its manifest names the kernel file \`${file}\``);
  const bytes = await read(`${folderNames.kernels}/${file}`);
  if ((await digestOf(bytes)) === sha256) return { ...rest, wgsl: new TextDecoder().decode(bytes) };
  throw damaged(name, `the kernel \`${file}\` is not the one that was built`);
}

/** SHA-256 in hexadecimal. */
export async function digestOf(bytes: Uint8Array): Promise<string> {
  const digest = await globalThis.crypto.subtle.digest("SHA-256", Uint8Array.from(bytes));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function parseManifest(bytes: Uint8Array, name: string): Manifest {
  const manifest = parseJson(new TextDecoder().decode(bytes), name);
  if (manifest.format === formatVersion && Array.isArray(manifest.kernels)) return manifest;
  const have = `\`${name}\` has artifact format ${String(manifest.format)}`;
  throw new RuntimeFault(`${have}, and this version runs format ${String(formatVersion)}`, {
    code: "format-version",
    exit: 1,
    remedy: "build it again with `dl build`",
  });
}

function parseJson(text: string, name: string): Manifest {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value as Manifest;
  } catch {
    // Said below, in the same words as for any other value that is no object.
  }
  throw damaged(name, "its manifest is not a JSON object");
}

const damaged = (name: string, why: string): RuntimeFault =>
  new RuntimeFault(`\`${name}\` is damaged: ${why}`, {
    code: "artifact-damaged",
    exit: 1,
    remedy: "build it again with `dl build`",
  });
