// Opens an artifact from wherever it lies, onto a device, with its weights: the one way into the runtime.
import { openArtifact } from "./artifact.js";
import type { CodedParts } from "./coded-files.js";
import type { Device } from "./device.js";
import { RuntimeFault } from "./errors.js";
import type { Artifact } from "./format.js";
import type { TensorData } from "./inputs.js";
import { requireDevice } from "./lacking.js";
import { hostDataOf, type StoredTensor } from "./safetensors/convert.js";
import { load as loadArtifact, openSession, type Session } from "./session.js";
import {
  dlaSource,
  folderSource,
  joined,
  oneChunk,
  partNames,
  type OpenPart,
  type Source,
} from "./source.js";
import { tensorsOf, verified, type Progress } from "./weights-stream.js";

/** Where an artifact or a file of weights lies: a URL, or a path where there are files. */
export type Location = string | URL;

/** What `load` opens: a folder or a `.dla` file by its place, the bytes of a `.dla` file, or an artifact that was just built. */
export type Loadable = Location | Uint8Array | ArrayBuffer | Artifact;

/** How to open an artifact. */
export interface LoadOptions {
  /** The device to run on; without it one is opened, and closed again with the session. */
  readonly device?: Device;
  /** Other weights than those beside the artifact: a safetensors file by its place or bytes, or tensors by path. */
  readonly weights?: Location | Uint8Array | Readonly<Record<string, TensorData>>;
  /** Seed of the initialisers for what the weights do not fill; 0 where left out. */
  readonly seed?: number;
  /** Told how many bytes of the weights have arrived, and of how many. */
  readonly onProgress?: Progress;
  /** Entries and training steps whose kernels are compiled now rather than at their first call. */
  readonly warmUp?: readonly string[];
}

/** What the runtime asks of the place it runs in. */
export interface Host {
  openDevice(): Promise<Device>;
  /** The bytes of a file, and how many they are where that is known. */
  readonly open: (place: Location) => Promise<OpenFile>;
  /** A reader of the parts of a folder. */
  readonly folder: (place: Location) => OpenPart;
}

/** A file that is being read. */
export interface OpenFile {
  readonly size: number | undefined;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/**
 * Opens an artifact on a device of a host. What the device lacks is said before anything is allocated on it. An artifact in memory
 * starts with zeros until `init`; any other with its weights, and its initialisers for the rest.
 */
export async function open(what: Loadable, options: LoadOptions, host: Host): Promise<Session> {
  // A device of its own opens while the first bytes are on their way.
  const [device, source] = await Promise.all([
    options.device ?? host.openDevice(),
    sourceOf(what, host),
  ]);
  const isOwned = device !== options.device;
  try {
    const session = source
      ? await openSource(source, device, isOwned, options, host)
      : await openBuilt(what as Artifact, device, isOwned, options);
    if (options.warmUp) await session.warmUp(options.warmUp);
    return session;
  } catch (thrown) {
    if (isOwned) device.close();
    throw thrown;
  }
}

/** The parts of what was named; undefined for an artifact in memory. */
export async function sourceOf(what: Loadable, host: Host): Promise<Source | undefined> {
  if (what instanceof ArrayBuffer) return sourceOf(new Uint8Array(what), host);
  if (what instanceof Uint8Array) return dlaSource("the artifact", oneChunk(what));
  if (typeof what !== "string" && !(what instanceof URL)) return undefined;
  const name = String(what);
  if (!/\.dla([?#].*)?$/.test(name)) return folderSource(name, host.folder(what));
  return dlaSource(name, (await host.open(what)).chunks);
}

async function openBuilt(
  artifact: Artifact,
  device: Device,
  ownsDevice: boolean,
  { weights = {} }: LoadOptions,
): Promise<Session> {
  if (isTensors(weights)) return loadArtifact(artifact, { device, ownsDevice, weights });
  throw new RuntimeFault("an artifact in memory takes its weights as tensors by path", {
    code: "weights",
    exit: 1,
  });
}

async function openSource(
  source: Source,
  device: Device,
  ownsDevice: boolean,
  options: LoadOptions,
  host: Host,
): Promise<Session> {
  const { artifact, manifest } = await openArtifact(source, device);
  requireDevice(artifact, device, device.adapter.description);
  const session = await openSession(artifact, device, ownsDevice);
  const { weights, seed = 0, onProgress } = options;
  try {
    if (weights !== undefined && isTensors(weights)) await session.init(seed, weights);
    else if (weights !== undefined) {
      const name = weights instanceof Uint8Array ? "the weights" : String(weights);
      const file = await openFile(weights, host);
      await fill(session, tensorsOf(file.chunks, file.size, name, onProgress), seed, name);
    } else if (manifest.weights) {
      const { bytes } = manifest.weights;
      const chunks = verified(source.stream(partNames.weights), manifest.weights, source.name);
      await fill(
        session,
        tensorsOf(chunks, bytes, partNames.weights, onProgress),
        seed,
        source.name,
      );
    } else await session.init(seed);
    return session;
  } catch (thrown) {
    session.dispose();
    throw thrown;
  }
}

const isTensors = (
  weights: NonNullable<LoadOptions["weights"]>,
): weights is Readonly<Record<string, TensorData>> =>
  typeof weights !== "string" && !(weights instanceof URL) && !(weights instanceof Uint8Array);

/** A file whose size is known: one that does not say it is read to its end first. */
async function openFile(
  place: Location | Uint8Array,
  host: Host,
): Promise<{ readonly size: number; readonly chunks: AsyncIterable<Uint8Array> }> {
  if (place instanceof Uint8Array) return { size: place.length, chunks: oneChunk(place) };
  const { size, chunks } = await host.open(place);
  if (size !== undefined) return { size, chunks };
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  const all = joined(
    parts,
    parts.reduce((sum, { length }) => sum + length, 0),
  );
  return { size: all.length, chunks: oneChunk(all) };
}

/** Writes tensors to the device as they arrive. Where some variables are missing, initialisers fill those, and may read the others. */
async function fill(
  session: Session,
  tensors: AsyncIterable<StoredTensor>,
  seed: number,
  file: string,
): Promise<void> {
  const { variables } = session.artifact;
  const known = new Map(variables.map((v) => [v.path, v]));
  const found = new Set<string>();
  const parts = await codedParts(variables);
  for await (const stored of tensors) {
    if (parts?.take(stored)) continue;
    const variable = known.get(stored.name);
    // PyTorch counts the batches of its norms, which nothing reads.
    if (!variable && stored.name.endsWith("num_batches_tracked")) continue;
    const has = `\`${stored.name}\` of shape [${stored.shape.join(", ")}]`;
    if (!variable) throw unfit(file, `it holds ${has}, which the model does not have`);
    if (variable.shape.join() !== stored.shape.join())
      throw unfit(file, `it holds ${has}, the model's has [${variable.shape.join(", ")}]`);
    session.writeVariables({ [stored.name]: hostDataOf(stored, variable.dtype, file) });
    found.add(stored.name);
  }
  for (const [path, words] of parts?.words(file) ?? []) {
    session.writeVariables({ [path]: words });
    found.add(path);
  }
  if (variables.every(({ path }) => found.has(path))) return;
  const all = await session.readVariables();
  const given = Object.entries(all).filter(([path]) => found.has(path));
  await session.init(seed, Object.fromEntries(given.map(([path, { data }]) => [path, data])));
}

/** What puts coded tensors together. Few models are stored as codes; a page without one does without what reads them. */
async function codedParts(variables: Artifact["variables"]): Promise<CodedParts | undefined> {
  if (variables.every(({ storage }) => !storage)) return undefined;
  const { CodedParts } = await import("./coded-files.js");
  return new CodedParts(variables);
}

const unfit = (file: string, why: string): RuntimeFault =>
  new RuntimeFault(`the weights \`${file}\` do not fit: ${why}`, {
    code: "weights-unfit",
    exit: 1,
  });
