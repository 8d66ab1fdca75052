// Refuses what a device cannot run or hold, before anything is allocated.
import { RuntimeFault } from "./errors.js";
import type { Artifact, Place } from "./format.js";
import { tensorBytes } from "./layout.js";
import { needsOf, runsOf } from "./needs.js";

/** What a device can hold, in bytes. */
export interface Room {
  readonly maxBufferSize: number;
  readonly maxStorageBufferBindingSize: number;
}

/** Throws `too-large`, with every tensor and buffer that does not fit, its bytes and its line. */
export function checkRoom(
  artifact: Artifact,
  name: string,
  symbols: readonly number[],
  room: Room,
): void {
  const { maxBufferSize, maxStorageBufferBindingSize: most } = room;
  const runs = runsOf(artifact, name, symbols);
  const all = runs.flatMap((run) => run.program.tensors.map((tensor) => ({ tensor, run })));
  const tensors = all.flatMap(({ tensor, run }) => {
    const { place, text, origin } = tensor;
    const bytes = tensorBytes(tensor, run.symbols);
    if (!(bytes > most)) return [];
    const what = nameOf(place);
    const type = text === undefined ? "" : ` ${text}`;
    const at = origin === undefined ? "" : ` from ${origin}`;
    return [
      `${what}${type}${at} takes ${show(bytes)}, a kernel of the device sees at most ${show(most)}`,
    ];
  });
  const buffers = [...needsOf(artifact, name, symbols)].flatMap(([buffer, bytes]) =>
    bytes > maxBufferSize
      ? [
          `the buffer of ${buffer} takes ${show(bytes)}, one of the device has at most ${show(maxBufferSize)}`,
        ]
      : [],
  );
  const [first, ...more] = [...new Set([...tensors, ...buffers])];
  if (first === undefined) return;
  throw new RuntimeFault(
    [`\`${name}\` does not fit the device: ${first}`, ...more.map((m) => `  also ${m}`)].join("\n"),
    {
      code: "too-large",
      exit: 1,
      remedy: "use smaller batches or a smaller model; results and parameters are never split",
    },
  );
}

function nameOf(place: Place): string {
  if ("path" in place) return `\`${place.path}\``;
  if (place.kind === "input") return `\`${place.name}\``;
  return place.kind === "temporary" ? "a value" : "what is trained, all at once,";
}

const show = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
