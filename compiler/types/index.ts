// Dims, dtypes, tensor types and what can be proved about them.
export * from "./constraints.js";
export * from "./dim.js";
export * from "./dtype.js";
export * from "./tensor.js";
