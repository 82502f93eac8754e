// One page of headless Chromium, driven over the pipe of the DevTools protocol: no package and no open port is needed.
import { spawn } from "node:child_process";
import { accessSync, constants, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];

// findBrowser is the path of a Chromium: the one that CHROMIUM names, or the first on the PATH; undefined when there is none.
export function findBrowser() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  for (const dir of (process.env.PATH ?? "").split(delimiter)) {
    for (const name of names) {
      try {
        accessSync(join(dir, name), constants.X_OK);
        return join(dir, name);
      } catch {
        // not here
      }
    }
  }
  return undefined;
}

// openPage starts Chromium and answers {call, evaluate, close}. A call that the browser refuses throws, and so does every call after it died.
export async function openPage(path) {
  const profile = mkdtempSync(join(tmpdir(), "muster-cards-"));
  const flags = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--remote-debugging-pipe", `--user-data-dir=${profile}`, "about:blank",
  ];
  const child = spawn(path, flags, { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
  const open = new Map();
  let next = 0;
  let dead;
  const died = (why) => {
    dead ??= new Error(`Chromium ended: ${why}`);
    for (const { reject } of open.values()) reject(dead);
    open.clear();
  };
  const exited = new Promise((resolve) => child.once("exit", (code) => { died(`exit code ${code}`); resolve(); }));
  child.once("error", (err) => died(err.message));
  child.stdio[3].on("error", (err) => died(err.message));
  let rest = "";
  child.stdio[4].setEncoding("utf8").on("data", (text) => {
    const parts = (rest + text).split("\0");
    rest = parts.pop();
    for (const part of parts) {
      const { id, result, error } = JSON.parse(part);
      const waiting = open.get(id);
      open.delete(id);
      if (error) waiting?.reject(new Error(error.message));
      else waiting?.resolve(result);
    }
  });
  const send = (method, params = {}, sessionId = undefined) => new Promise((resolve, reject) => {
    if (dead) return reject(dead);
    open.set(++next, { resolve, reject });
    child.stdio[3].write(JSON.stringify({ id: next, method, params, sessionId }) + "\0");
  });
  const { targetId } = await send("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await send("Target.attachToTarget", { targetId, flatten: true });
  const call = (method, params) => send(method, params, sessionId);
  return {
    call,
    async evaluate(expression) {
      const { result, exceptionDetails } = await call("Runtime.evaluate", { expression, returnByValue: true, awaitPromise: true });
      if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
      return result.value;
    },
    async close() {
      await send("Browser.close").catch(() => child.kill());
      await exited;
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
