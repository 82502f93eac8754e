// Choice sets that are searched while typing: the people picker (choices from
// the directory), datasets of the bot, and long lists (style "filtered").
// Microsoft's renderer leaves the first two to the host.
import { ChoiceSetInput, GlobalRegistry } from "adaptivecards";
import { h, replace } from "./dom.js";

let counter = 0;

export class Picker extends ChoiceSetInput {
  internalParse(source, context) {
    this.dataset = source["choices.data"]?.dataset;
    super.internalParse(source, context);
  }

  // The base class would draw its own box, which sends titles instead of values.
  isDynamicTypeahead() {
    return false;
  }

  get searched() {
    return Boolean(this.dataset) || (this.style === "filtered" && !this.isMultiSelect);
  }

  internalRender() {
    if (!this.searched) return super.internalRender();
    this.chosen = [];
    this.found = [];
    this.active = -1;
    const id = `picker-${++counter}`;
    this.chips = h("span", { class: "picker-chips" });
    this.menu = h("ul", { class: "picker-menu", id: `${id}-menu`, role: "listbox", hidden: true });
    this.box = h("input", {
      class: "ac-input picker-box",
      type: "text",
      autocomplete: "off",
      role: "combobox",
      placeholder: this.placeholder ?? "",
      "aria-label": this.label ?? this.placeholder ?? "Search",
      "aria-autocomplete": "list",
      "aria-expanded": "false",
      "aria-controls": this.menu.id,
      "data-testid": `input-${this.id}`,
      oninput: () => this.typed(),
      onfocus: () => this.search(),
      onkeydown: (e) => this.key(e),
      onblur: () => setTimeout(() => this.close(), 150),
    });
    for (const value of (this.defaultValue ?? "").split(",").filter(Boolean)) this.preset(value.trim());
    this.draw();
    return h("div", { class: "picker" }, this.chips, this.box, this.menu);
  }

  // preset shows a value that the card came with under its name.
  async preset(value) {
    const choice = { value, title: this.choices.find((c) => c.value === value)?.title };
    this.chosen.push(choice);
    if (choice.title || !this.dataset) {
      choice.title ??= value;
      return;
    }
    choice.title = "…";
    choice.title = (await this.host?.nameOf(value)) ?? value;
    this.draw();
  }

  typed() {
    if (!this.isMultiSelect) this.chosen = [];
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.search(), this.dataset ? 180 : 0);
    this.valueChanged();
  }

  async search() {
    const text = this.isMultiSelect || this.chosen.length === 0 ? this.box.value.trim() : "";
    const local = this.choices
      .filter((c) => c.title.toLowerCase().includes(text.toLowerCase()))
      .map((c) => ({ title: c.title, value: c.value }));
    let found = local;
    if (this.dataset && this.host) {
      this.menuText("Searching …");
      try {
        found = [...local, ...(await this.host.search(this.dataset, text))];
      } catch {
        this.menuText("The search did not work. Try again.");
        return;
      }
      if (text !== (this.isMultiSelect || this.chosen.length === 0 ? this.box.value.trim() : "")) return;
    }
    this.found = found.filter((f) => !this.isMultiSelect || !this.chosen.some((c) => c.value === f.value));
    this.active = -1;
    if (document.activeElement === this.box) this.open();
  }

  menuText(text) {
    replace(this.menu, h("li", { class: "picker-note" }, text));
    this.menu.hidden = document.activeElement !== this.box;
  }

  open() {
    if (this.found.length === 0) {
      this.menuText("Nobody and nothing found");
    } else {
      replace(
        this.menu,
        this.found.map((f, i) =>
          h(
            "li",
            {
              id: `${this.menu.id}-${i}`,
              role: "option",
              class: i === this.active ? "active" : "",
              "aria-selected": String(i === this.active),
              "data-testid": `option-${f.value}`,
              onmousedown: (e) => {
                e.preventDefault();
                this.choose(f);
              },
            },
            h("span", {}, f.title),
            f.subtitle && h("small", {}, f.subtitle),
          ),
        ),
      );
    }
    this.menu.hidden = false;
    this.box.setAttribute("aria-expanded", "true");
    this.box.setAttribute("aria-activedescendant", this.active >= 0 ? `${this.menu.id}-${this.active}` : "");
  }

  close() {
    this.menu.hidden = true;
    this.box.setAttribute("aria-expanded", "false");
  }

  key(e) {
    if (e.key === "ArrowDown" || e.key === "ArrowUp") {
      e.preventDefault();
      const n = this.found.length;
      if (n) this.active = (this.active + (e.key === "ArrowDown" ? 1 : -1) + n) % n;
      this.open();
      this.menu.children[this.active]?.scrollIntoView({ block: "nearest" });
    } else if (e.key === "Enter" && !this.menu.hidden && this.found.length) {
      e.preventDefault();
      this.choose(this.found[Math.max(this.active, 0)]);
    } else if (e.key === "Escape") {
      this.close();
    } else if (e.key === "Backspace" && this.isMultiSelect && this.box.value === "" && this.chosen.length) {
      this.drop(this.chosen.at(-1));
    }
  }

  choose(choice) {
    this.chosen = this.isMultiSelect ? [...this.chosen, choice] : [choice];
    this.found = [];
    this.draw();
    this.close();
    this.valueChanged();
  }

  drop(choice) {
    this.chosen = this.chosen.filter((c) => c !== choice);
    this.draw();
    this.valueChanged();
  }

  draw() {
    if (!this.isMultiSelect) {
      this.box.value = this.chosen[0]?.title ?? this.box.value;
      return;
    }
    this.box.value = "";
    replace(
      this.chips,
      this.chosen.map((c) =>
        h("span", { class: "chip" }, c.title, h("button", { type: "button", "aria-label": `Remove ${c.title}`, onclick: () => this.drop(c) }, "×")),
      ),
    );
  }

  get value() {
    if (!this.searched) return super.value;
    return this.chosen?.length ? this.chosen.map((c) => c.value).join(",") : undefined;
  }

  // Text that was typed but not chosen is no value.
  isValid() {
    if (!this.searched) return super.isValid();
    return this.box?.value.trim() === "" || (!this.isMultiSelect && this.chosen.length > 0);
  }

  focus() {
    if (this.searched) this.box?.focus();
    else super.focus();
  }
}

GlobalRegistry.elements.register("Input.ChoiceSet", Picker);
