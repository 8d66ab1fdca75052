// The files of a program, read by what the language has without an import.
import type { SourceFile } from "../../grammar/source.js";
import { loadLibrary, type Host, type Library } from "../resolve/modules.js";
import { primitives } from "./primitives/index.js";

const builtIn: ReadonlySet<string> = new Set(primitives.keys());

/** Reads the given files and whatever they import. */
export const libraryOf = (files: readonly SourceFile[], host: Host): Library =>
  loadLibrary(files, host, builtIn);
