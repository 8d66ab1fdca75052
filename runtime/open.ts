// Loads an artifact folder onto a device, its weights included: what the `index.js` of an artifact calls.
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
  const { tensors } = parseSafetensors(await read(folderNames.weights), folderNames.weights);
  const known = new Map(artifact.variables.map(({ path, dtype }) => [path, dtype]));
  const values = [...tensors].flatMap(([path, stored]) => {
    const dtype = known.get(path);
    return dtype === undefined
      ? []
      : [[path, asHostData(numbersOf(stored, folderNames.weights), dtype)] as const];
  });
  await session.init(seed, Object.fromEntries(values));
  return session;
}
