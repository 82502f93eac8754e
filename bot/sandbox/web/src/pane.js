// The pane beside the chat: what the simulated world looks like from outside.
import { get } from "./api.js";
import { h, icon, replace } from "./dom.js";
import { drawCase, drawEvidence } from "./panecase.js";
import { drawClock, drawDirectory, drawFaults } from "./paneworld.js";

const tabs = {
  directory: ["Directory", drawDirectory],
  case: ["Case", drawCase],
  evidence: ["Evidence", drawEvidence],
  clock: ["Clock", drawClock],
  faults: ["Faults", drawFaults],
};

export class Pane {
  // changed is called when something here has moved the world.
  constructor(changed) {
    this.changed = changed;
    this.tab = "case";
    this.memory = {}; // what a tab remembers between drawings: the chosen case, a filter
    this.buttons = Object.entries(tabs).map(([key, [label]]) =>
      h("button", { type: "button", role: "tab", id: `tab-${key}`, "aria-controls": "pane-body", "data-testid": `tab-${key}`, data: { key }, onclick: () => this.show(key) }, label));
    this.body = h("div", { class: "pane-body", id: "pane-body", role: "tabpanel", tabindex: "0", "data-testid": "pane" });
    this.el = h("aside", { class: "pane", "aria-label": "Sandbox" },
      h("div", { class: "pane-head" },
        h("div", { role: "tablist", "aria-label": "Sandbox", onkeydown: (e) => this.arrows(e) }, this.buttons),
        h("button", { type: "button", class: "plain pane-close", "aria-label": "Close the pane", onclick: () => this.onClose?.() }, icon("close"))),
      this.body);
  }

  arrows(e) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
    if (!step) return;
    const i = this.buttons.findIndex((b) => b.dataset.key === this.tab);
    const next = this.buttons[(i + step + this.buttons.length) % this.buttons.length];
    this.show(next.dataset.key);
    next.focus();
  }

  show(tab) {
    this.tab = tabs[tab] ? tab : "case";
    for (const b of this.buttons) {
      const on = b.dataset.key === this.tab;
      b.setAttribute("aria-selected", String(on));
      b.tabIndex = on ? 0 : -1;
    }
    this.body.setAttribute("aria-labelledby", `tab-${this.tab}`);
    replace(this.body, h("p", { class: "empty" }, "Loading …"));
    return this.refresh();
  }

  // refresh draws the open tab anew, unless somebody is typing in it.
  async refresh() {
    const tab = this.tab;
    const busy = this.body.contains(document.activeElement) && document.activeElement.matches("input, select");
    if (busy) return;
    const drawing = (this.drawing = {});
    let nodes;
    try {
      nodes = await tabs[tab][1](this);
    } catch (err) {
      nodes = [h("p", { class: "empty" }, err.message)];
    }
    if (drawing !== this.drawing || tab !== this.tab) return;
    const top = this.body.scrollTop;
    const focused = this.body.contains(document.activeElement) ? document.activeElement.dataset.testid : null;
    replace(this.body, nodes);
    this.body.scrollTop = top;
    if (focused) this.body.querySelector(`[data-testid="${CSS.escape(focused)}"]`)?.focus();
  }

  // act runs something that moves the world and shows what came of it.
  async act(f) {
    this.body.setAttribute("aria-busy", "true");
    try {
      this.memory.note = await f();
    } catch (err) {
      this.memory.note = err.message;
    }
    this.body.removeAttribute("aria-busy");
    await this.changed();
    await this.refresh();
  }

  note() {
    return h("p", { class: "pane-note", role: "status", "data-testid": "pane-note" }, this.memory.note ?? "");
  }

  async cases() {
    return get("/sandbox/cases");
  }
}
