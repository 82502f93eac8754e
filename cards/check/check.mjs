// Holds every golden card against Microsoft's own parser and lays it out wide and phone-narrow, light and dark, in headless Chromium. Any event
// of the parser's validation fails, and so does a card that scrolls sideways. With --draw the pictures go to out/, for people to look at;
// for cards with further parts, those are drawn opened as well.
//
// Exit code 0: all well. 1: a card is wrong. 2: something that the check needs is not there.
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { findBrowser, openPage } from "./browser.mjs";
import { hostConfig, styleSheet, themes } from "./host.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const goldens = join(here, "..", "testdata", "golden");
const out = join(here, "out");
const draw = process.argv.includes("--draw");
const only = process.argv.slice(2).find((arg) => !arg.startsWith("--")) ?? "";
const widths = { wide: 640, narrow: 320 };

// inPage runs in the browser. show parses, draws and measures one card.
function inPage() {
  AdaptiveCards.AdaptiveCard.onProcessMarkdown = (text, result) => {
    // Enough of Teams' markdown that a card which lets typed text into it looks wrong in the pictures.
    const plain = text.replace(/&/g, "&amp;").replace(/</g, "&lt;");
    result.outputHtml = plain.replace(/\[([^\]]*)\]\(([^)]*)\)/g, '<a href="$2">$1</a>').replace(/\*\*(.+?)\*\*/g, "<b>$1</b>");
    result.didProcess = true;
  };
  globalThis.show = (json, theme, opened) => {
    const context = new AdaptiveCards.SerializationContext();
    const card = new AdaptiveCards.AdaptiveCard();
    card.hostConfig = new AdaptiveCards.HostConfig(hostConfig(theme));
    card.hostConfig.inputs.allowDynamicallyFilteredChoiceSet = false; // the page has no directory to search
    card.parse(json, context);
    const events = [];
    for (let i = 0; i < context.eventCount; i++) events.push(context.getEventAt(i));
    events.push(...card.validateProperties().validationEvents);
    const problems = events.map((e) => e.message);
    if (json.version !== "1.5") problems.push(`version is ${json.version}, not 1.5`);
    document.head.innerHTML = `<style>${styleSheet(theme)}</style>`;
    document.body.innerHTML = '<div id="card"></div>';
    const drawn = card.render();
    if (!drawn) return { problems: [...problems, "nothing was drawn"], height: 0, parts: 0 };
    document.getElementById("card").append(drawn);
    const openers = [...document.querySelectorAll(".ac-pushButton.expandable, .ac-container.ac-selectable")];
    if (opened !== undefined) openers[opened]?.click();
    const edge = document.documentElement.clientWidth;
    for (const e of document.querySelectorAll("#card *")) {
      if (e.getBoundingClientRect().right > edge + 0.5) {
        problems.push(`wider than ${edge} pixels: ${e.className || e.tagName} “${(e.textContent ?? "").slice(0, 40)}”`);
        break;
      }
    }
    return { problems, height: Math.ceil(document.getElementById("card").getBoundingClientRect().bottom) + 8, parts: openers.length };
  };
}

function stop(why) {
  console.error(why);
  process.exit(2);
}

const browser = findBrowser() ?? stop("There is no Chromium here. Install it (Debian: apt-get install chromium) or name one in CHROMIUM.");
let bundle;
try {
  bundle = readFileSync(join(here, "node_modules", "adaptivecards", "dist", "adaptivecards.min.js"), "utf8");
} catch {
  stop("Microsoft's parser is not installed. Run: npm ci --prefix cards/check");
}
const cards = readdirSync(goldens).filter((name) => name.endsWith(".json") && name.startsWith(only));
if (cards.length === 0) stop(`There is no golden card ${only} in ${goldens}.`);
if (draw) {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out);
}

const wrong = new Map();
const page = await openPage(browser);
try {
  await page.evaluate(bundle);
  await page.evaluate(`${hostConfig};${styleSheet};globalThis.hostConfig=hostConfig;globalThis.styleSheet=styleSheet;(${inPage})()`);
  for (const [size, width] of Object.entries(widths)) {
    await page.call("Emulation.setDeviceMetricsOverride", { width, height: 800, deviceScaleFactor: 1, mobile: false });
    for (const [theme, colours] of Object.entries(themes)) {
      for (const name of cards) {
        const json = readFileSync(join(goldens, name), "utf8");
        let parts = 0;
        for (let opened = -1; opened < parts; opened++) {
          const seen = await page.evaluate(`show(${json},${JSON.stringify(colours)},${opened < 0 ? "undefined" : opened})`);
          parts = seen.parts;
          for (const problem of seen.problems) wrong.set(`${name}: ${problem}`, true);
          if (!draw) continue;
          const { data } = await page.call("Page.captureScreenshot", { captureBeyondViewport: true, clip: { x: 0, y: 0, width, height: seen.height, scale: 1 } });
          const suffix = opened < 0 ? "" : `-opened${opened + 1}`;
          writeFileSync(join(out, `${name.slice(0, -5)}-${size}-${theme}${suffix}.png`), Buffer.from(data, "base64"));
        }
      }
    }
  }
} finally {
  await page.close();
}
for (const line of wrong.keys()) console.error(line);
console.log(`${cards.length - new Set([...wrong.keys()].map((k) => k.split(":")[0])).size} passed, ${new Set([...wrong.keys()].map((k) => k.split(":")[0])).size} failed`);
process.exit(wrong.size > 0 ? 1 : 0);
