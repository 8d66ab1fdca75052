// Dead code: what no output needs is gone.
import type { Program } from "../ir/program.js";
import { again, rewrite } from "../ir/rewrite.js";

/** Rebuilds a program without the values that no output needs. */
export const dce = (program: Program): Program => rewrite(program, again);
