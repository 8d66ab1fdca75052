// Opens an artifact for a device: chooses the schedule that fits it, and reads the kernels of that one.
import { digestOf } from "./digest.js";
import type { Artifact, KernelEntry, KernelText, Manifest, Schedule } from "./format.js";
import { lacking, type Capabilities } from "./lacking.js";
import { damaged, largestManifest, readManifest } from "./manifest.js";
import { partNames, type Source } from "./source.js";

/** An artifact as it was read, with the manifest it came from. */
export interface Opened {
  readonly artifact: Artifact;
  readonly manifest: Manifest;
}

/**
 * Reads the manifest, and the kernels of the schedule for a device; without one, of the first. Rejects with a `RuntimeFault` for
 * another version of the format, and for parts that are not those that were built.
 */
export async function openArtifact(source: Source, device?: Capabilities): Promise<Opened> {
  const manifest = readManifest(
    await source.read(partNames.manifest, largestManifest),
    source.name,
  );
  const schedule = chooseSchedule(manifest, device);
  const kernels = await Promise.all(schedule.kernels.map((entry) => readKernel(entry, source)));
  const { format, name, variables, arenas } = manifest;
  const { needs, init, entries, steps } = schedule;
  const artifact = { format, name, variables, arenas, needs, kernels, init, entries, steps };
  return { artifact, manifest };
}

/** The first schedule for this class of adapter of which the device lacks nothing, else any such; the first where none fits. */
export function chooseSchedule({ schedules }: Manifest, device?: Capabilities): Schedule {
  const fits = device ? schedules.filter(({ needs }) => lacking(needs, device).length === 0) : [];
  const own = fits.find(({ target }) => target.adapterClass === device?.target.adapterClass);
  return own ?? fits[0] ?? (schedules[0] as Schedule);
}

async function readKernel(entry: KernelEntry, source: Source): Promise<KernelText> {
  const { file, bytes, sha256, ...rest } = entry;
  const part = await source.read(`${partNames.kernels}/${file}`, bytes);
  if (part.length !== bytes || (await digestOf(part)) !== sha256)
    throw damaged(source.name, `the kernel \`${file}\` is not the one that was built`);
  const wgsl = new TextDecoder().decode(part);
  if (/^[\n\x20-\x7e]*$/.test(wgsl)) return { ...rest, wgsl };
  throw damaged(source.name, `the kernel \`${file}\` holds more than plain characters`);
}
