// Gives GPU tests a device: `describeGpu` runs a suite on this process's adapter and says loudly where there is none.
import { afterAll, afterEach, describe } from "vitest";
import type { Device, DeviceOptions } from "../../runtime/device.js";
import { findDrivers, openNodeDevice } from "../../runtime/node.js";

/**
 * Name of the adapter that this process tests on: the environment's ADJOINT_ADAPTER (set by `npm test`, once per adapter),
 * else the best driver found; undefined where there is no driver at all.
 */
export const adapterName: string | undefined = process.env["ADJOINT_ADAPTER"] ?? bestDriver();

/** Opens a new device on this process's adapter. Most tests share `sharedDevice()` instead. */
export async function openTestDevice(options: DeviceOptions = {}): Promise<Device> {
  return openNodeDevice({ adapter: adapterName, ...options });
}

let shared: Promise<Device> | undefined;

/** The device shared by all tests of one file. */
export function sharedDevice(): Promise<Device> {
  return (shared ??= openTestDevice());
}

/** A suite that needs a device; a WebGPU error that nothing awaited fails the test that caused it. */
export function describeGpu(title: string, suite: () => void): void {
  const skips = adapterName === undefined;
  if (skips) process.stderr.write(`SKIPPED, no WebGPU adapter: ${title} (npm test installs one)\n`);
  describe.skipIf(skips)(`${title} [${adapterName ?? "no adapter"}]`, () => {
    suite();
    afterEach(async () => {
      await (await shared)?.idle();
    });
    afterAll(async () => {
      (await shared)?.close();
      shared = undefined;
    });
  });
}

/** The first software driver (they are what the tolerances were measured on), else whatever there is. */
function bestDriver(): string | undefined {
  const names = findDrivers().map(({ name }) => name);
  return ["lavapipe", "swiftshader"].find((name) => names.includes(name)) ?? names[0];
}
