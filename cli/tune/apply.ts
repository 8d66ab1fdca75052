// Finds the measured schedules that a command asks for.
import type { Tuned } from "../../compiler/codegen/choice.js";
import type { Device } from "../../runtime/device.js";
import { tunedFor, userTable } from "./table.js";

/** The schedules of a file, or with `true` of the user's, for a device, and what to say of them; nothing where none are wanted. */
export async function tunedOn(
  device: Device,
  file: string | true | undefined,
): Promise<{ readonly tuned?: Tuned | undefined; readonly note?: string }> {
  if (file === undefined) return {};
  return tunedFor(file === true ? userTable() : file, device.adapter, device.target);
}
