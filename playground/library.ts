// The files that the compiler sees in the page: the standard library, carried as text, beside which the program's own files are laid.
import type { Host } from "../compiler/index.js";
import type { SourceFile } from "../grammar/source.js";

const texts = import.meta.glob<string>("../stdlib/*.dl", {
  query: "?raw",
  import: "default",
  eager: true,
});

const files = new Map(
  Object.entries(texts).map(([path, text]): [string, SourceFile] => {
    const module = `std/${path.replace(/^.*\/|\.dl$/g, "")}`;
    return [module, { path: `${module}.dl`, text }];
  }),
);

/** Reads modules of the standard library; the program's own files are laid over it. */
export const host: Host = {
  read: (module) => files.get(module),
  moduleOf: ({ path }) => path.replace(/\.dl$/, ""),
  modules: () => [...files.keys()],
};
