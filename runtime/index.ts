// The runtime's public face in a page: loads artifacts and runs them. It holds no compiler.
export * from "./public.js";
export { load, openBrowserDevice } from "./browser.js";
export { loadInWorker, type Remote, type WorkerOptions } from "./remote.js";
