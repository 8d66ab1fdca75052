// Builds the playground into dist/playground: static files that work from any host, under any path.
import { defineConfig } from "vite";

export default defineConfig({
  root: import.meta.dirname,
  base: "./",
  build: {
    outDir: "../dist/playground",
    emptyOutDir: true,
    target: "es2022",
    // The layout of graphs is one large file of its own, fetched when a graph is first shown.
    chunkSizeWarningLimit: 2000,
    reportCompressedSize: false,
    modulePreload: { polyfill: false },
  },
  worker: { format: "es" },
});
