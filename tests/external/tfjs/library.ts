// Which functions of the standard library programs may use, and the imports that they need.

const modules: Readonly<Record<string, readonly string[]>> = {
  "std/convolution": ["conv2d", "conv3d"],
  "std/transposed": ["conv_transpose2d"],
};

/** Import declarations for the functions that a text calls. */
export function importsOf(text: string): string {
  return Object.entries(modules)
    .map(([module, names]) => {
      const used = names.filter((name) => new RegExp(`\\b${name}\\(`).test(text));
      return used.length === 0 ? "" : `import { ${used.join(", ")} } from "${module}"\n`;
    })
    .join("");
}
