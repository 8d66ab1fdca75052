// Opens a device in a page or worker, through the browser's own WebGPU.
import { type Device, type DeviceOptions, openDevice } from "./device.js";
import { RuntimeFault } from "./errors.js";

/** Opens the browser's preferred adapter; rejects with `no-webgpu` (exit 75) where the browser has no WebGPU. */
export async function openBrowserDevice(options: DeviceOptions = {}): Promise<Device> {
  const { navigator } = globalThis as { readonly navigator?: { readonly gpu?: GPU } };
  if (navigator?.gpu !== undefined) return openDevice(navigator.gpu, options);
  throw new RuntimeFault("this browser offers no WebGPU here", {
    code: "no-webgpu",
    exit: 75,
    remedy: "serve the page from https or localhost, in a browser with WebGPU",
  });
}
