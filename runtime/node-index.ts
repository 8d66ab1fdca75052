// The runtime's public face in Node: as in a page, with folders and files of the disk, and the adapters of this machine.
export * from "./public.js";
export { load, openNodeDevice, type NodeDeviceOptions } from "./node.js";
