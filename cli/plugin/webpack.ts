// `adjoint/webpack`: the plugin for webpack.
import { adjointPlugin } from "./index.js";

/** Lets webpack import `.dl` files. */
export const adjoint = adjointPlugin.webpack;
