// The runtime in a page or worker: the browser's own WebGPU, and files over HTTP.
import { type Device, type DeviceOptions, openDevice } from "./device.js";
import { RuntimeFault } from "./errors.js";
import { open, type Host, type Loadable, type LoadOptions, type OpenFile } from "./load.js";
import type { Session } from "./session.js";

/** Opens the browser's preferred adapter; rejects with `no-webgpu` (exit 75) where the browser has no WebGPU. */
export async function openBrowserDevice(options: DeviceOptions = {}): Promise<Device> {
  const { navigator } = globalThis as { readonly navigator?: { readonly gpu?: GPU } };
  if (navigator?.gpu !== undefined) return openDevice(navigator.gpu, options);
  throw new RuntimeFault("this browser offers no WebGPU here", {
    code: "no-webgpu",
    exit: 75,
    remedy: "serve the page from https or localhost, in a browser with WebGPU",
  });
}

/** Opens an artifact: a folder or a `.dla` file by its URL, the bytes of such a file, or an artifact in memory. */
export const load = (what: Loadable, options: LoadOptions = {}): Promise<Session> =>
  open(what, options, httpHost);

/** Files over HTTP; places are URLs relative to the page. */
export const httpHost: Host = {
  openDevice: () => openBrowserDevice(),
  open: (place) => fetchFile(resolved(place)),
  folder(place) {
    const base = resolved(place);
    if (!base.pathname.endsWith("/")) base.pathname += "/";
    return async function* (part) {
      yield* (await fetchFile(new URL(part, base))).chunks;
    };
  },
};

function resolved(place: string | URL): URL {
  const { location } = globalThis as { readonly location?: { readonly href: string } };
  return new URL(place, location?.href);
}

async function fetchFile(url: URL): Promise<OpenFile> {
  const response = await fetch(url);
  if (!response.ok || !response.body) {
    throw new RuntimeFault(`\`${url.href}\` was not served: status ${String(response.status)}`, {
      code: "not-served",
      exit: 75,
    });
  }
  // The length of a compressed answer is not that of its content.
  const length = response.headers.get("content-encoding")
    ? null
    : response.headers.get("content-length");
  const size = length === null ? undefined : Number(length);
  return { size, chunks: chunksOf(response.body) };
}

async function* chunksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel();
  }
}
