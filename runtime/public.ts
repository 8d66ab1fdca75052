// What the runtime offers wherever it runs; `index.ts` and `node-index.ts` add how files and devices are opened there.
export { Session } from "./session.js";
export { Model, type Batches, type Inputs, type StepResult, type TrainOptions } from "./model.js";
export type { GenerateOptions, Sampling } from "./generate.js";
export type { Loadable, LoadOptions, Location } from "./load.js";
export type { DeviceTensor } from "./device-tensor.js";
export type { Arrays, Input, Tensor } from "./typed.js";
export type { InputValue, OnDevice, TensorData, TensorValue } from "./inputs.js";
export type { Artifact, ElementType, EntryPlan, StepPlan, VariablePlan } from "./format.js";
export type { DispatchTime } from "./profile.js";
export { Device, openDevice, type DeviceOptions } from "./device.js";
export { DeviceError, RuntimeFault } from "./errors.js";
