// The runtime's public face: loads artifacts and runs them. It holds no compiler.
export { load, Session, type LoadOptions, type StepResult } from "./session.js";
export type { DeviceTensor } from "./device-tensor.js";
export type { InputValue, TensorData, TensorValue } from "./inputs.js";
export type { Artifact, ElementType, EntryPlan, StepPlan, VariablePlan } from "./format.js";
export type { DispatchTime } from "./profile.js";
export { openFolder, type OpenOptions } from "./open.js";
export { Device, openDevice, type DeviceOptions } from "./device.js";
export { DeviceError, RuntimeFault } from "./errors.js";
