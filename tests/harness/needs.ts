// What of the memory of a training step is there for one step only.
import { totalBytes, type Needs } from "../../runtime/needs.js";

/** Bytes of all buffers but those of parameters, gradients and moments. */
export const workingBytes = (needs: Needs): number =>
  totalBytes(new Map([...needs].filter(([name]) => !/^(parameters|gradients|moment)/.test(name))));
