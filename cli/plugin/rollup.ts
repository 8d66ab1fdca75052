// `adjoint/rollup`: the plugin for Rollup.
import { adjointPlugin } from "./index.js";

/** Lets Rollup import `.dl` files. */
export const adjoint = adjointPlugin.rollup;
