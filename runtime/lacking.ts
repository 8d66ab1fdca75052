// What an artifact asks of a device that the device does not have, found before anything is allocated.
import { RuntimeFault } from "./errors.js";
import type { Artifact, DeviceNeeds, Target } from "./format.js";

/** What a device is and has. */
export interface Capabilities {
  readonly target: Target;
  readonly features: ReadonlySet<string>;
}

/** Each thing that is missing, in words. */
export function lacking(needs: DeviceNeeds, { target, features }: Capabilities): readonly string[] {
  const amounts = [
    ["storage buffers in a kernel", needs.storageBuffers, target.storageBuffers],
    ["bytes that a workgroup shares", needs.workgroupBytes, target.workgroupBytes],
    ["invocations of a workgroup", needs.invocations, target.invocations],
  ] as const;
  const { subgroup } = needs;
  const has = target.subgroups;
  const sizes = has ? `${String(has.least)} to ${String(has.most)}` : "none";
  return [
    ...amounts
      .filter(([, wanted, most]) => wanted > most)
      .map(([what, wanted, most]) => `${String(wanted)} ${what}, of which it has ${String(most)}`),
    ...(subgroup === undefined || (has?.least === subgroup && has.most === subgroup)
      ? []
      : [`subgroups of ${String(subgroup)} invocations, of which it has ${sizes}`]),
    ...needs.features
      .filter((name) => !features.has(name))
      .map((name) => `the feature \`${name}\``),
  ];
}

/** Throws `other-adapter` with all that a device lacks for an artifact, the bytes of its parameters and states included. */
export function requireDevice(artifact: Artifact, device: Capabilities, adapter: string): void {
  const { bufferBytes, bindingBytes } = device.target;
  const { parameters, states } = artifact.arenas;
  const missing = [
    ...lacking(artifact.needs, device),
    ...[parameters, states]
      .filter((bytes) => bytes > bufferBytes)
      .map((bytes) => `a buffer of ${show(bytes)}, where one has at most ${show(bufferBytes)}`),
    ...artifact.variables
      .filter(({ bytes }) => bytes > bindingBytes)
      .map(({ path, bytes }) => {
        return `\`${path}\` of ${show(bytes)}, where a kernel sees at most ${show(bindingBytes)}`;
      }),
  ];
  if (missing.length === 0) return;
  const [first = "", ...more] = missing;
  throw new RuntimeFault(
    [`\`${artifact.name}\` asks more than \`${adapter}\` has: ${first}`, ...more].join("\n  also "),
    {
      code: "other-adapter",
      exit: 1,
      remedy: "build it for this adapter too (`dl build --for`), or make the model smaller",
    },
  );
}

const show = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
