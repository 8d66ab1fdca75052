// Turns a drawing into pixels, with a font that the package brings: a machine may have none at all.
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Resvg, type ResvgRenderOptions } from "@resvg/resvg-js";

/** A font of the package `dejavu-fonts-ttf`. */
export interface Font {
  readonly file: string;
  readonly family: string;
}

/** The picture as PNG, with two pixels for each unit of its size. */
export function renderPng(
  svg: string,
  { file, family }: Font,
  {
    background,
    isAlone = false,
  }: { readonly background?: string; readonly isAlone?: boolean } = {},
): Uint8Array {
  const fonts = dirname(createRequire(import.meta.url).resolve("dejavu-fonts-ttf/package.json"));
  const options: ResvgRenderOptions = {
    fitTo: { mode: "zoom", value: 2 },
    font: {
      fontFiles: [join(fonts, "ttf", file)],
      // Fonts of the machine, where the picture names some, unless it is to look alike everywhere.
      loadSystemFonts: !isAlone,
      defaultFontFamily: family,
    },
    ...(background === undefined ? {} : { background }),
  };
  return new Resvg(svg, options).render().asPng();
}
