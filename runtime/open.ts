// Loads an artifact folder onto a device, its weights included: what the `index.js` of an artifact calls.
import { collectCoded, isSameStorage } from "./coded-files.js";
import type { Device } from "./device.js";
import { folderNames, readFolder, type ReadFile } from "./folder.js";
import { load, type Session } from "./session.js";
import { asHostData, numbersOf, parseSafetensors } from "./weights.js";

/** How to open a folder. */
export interface OpenOptions {
  readonly device: Device;
  /** Seed of the initialisers for what the folder's weights do not fill; 0 where left out. */
  readonly seed?: number;
}

/** Opens an artifact folder: parameters and states are those of its weights, the initialisers fill the rest. */
export async function openFolder(
  read: ReadFile,
  { device, seed = 0 }: OpenOptions,
): Promise<Session> {
  const { artifact, hasWeights } = await readFolder(read, "the artifact");
  const session = await load(artifact, { device });
  if (!hasWeights) {
    await session.init(seed);
    return session;
  }
  const stored = parseSafetensors(await read(folderNames.weights), folderNames.weights);
  const { tensors, coded } = collectCoded(stored.tensors, folderNames.weights);
  const values = artifact.variables.flatMap(({ path, dtype, storage }) => {
    const found = tensors.get(path);
    const words = coded.get(path);
    if (storage && words && isSameStorage(storage, words.storage))
      return [[path, words.words] as const];
    return found ? [[path, asHostData(numbersOf(found, folderNames.weights), dtype)] as const] : [];
  });
  await session.init(seed, Object.fromEntries(values));
  return session;
}
