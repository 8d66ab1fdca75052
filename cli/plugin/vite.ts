// `adjoint/vite`: the plugin for Vite and Vitest.
import { adjointPlugin } from "./index.js";

/** Lets Vite and Vitest import `.dl` files. */
export const adjoint = adjointPlugin.vite;
