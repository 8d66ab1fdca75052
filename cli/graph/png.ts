// Turns a drawing into pixels, with the font that the package brings.
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Resvg } from "@resvg/resvg-js";

/** The picture as PNG, with two pixels for each unit of its size. */
export function renderPng(svg: string): Uint8Array {
  const fonts = dirname(createRequire(import.meta.url).resolve("dejavu-fonts-ttf/package.json"));
  const picture = new Resvg(svg, {
    fitTo: { mode: "zoom", value: 2 },
    font: {
      fontFiles: [join(fonts, "ttf", "DejaVuSansMono.ttf")],
      loadSystemFonts: false,
      defaultFontFamily: "DejaVu Sans Mono",
    },
  });
  return picture.render().asPng();
}
