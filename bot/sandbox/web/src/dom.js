// Small helpers to build elements. Text is only ever set as text.

export function h(tag, props = {}, ...children) {
  const el = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) el.addEventListener(key.slice(2), value);
    else if (key === "class") el.className = value;
    else if (key === "data") Object.assign(el.dataset, value);
    else if (key in el && key !== "list" && key !== "role") el[key] = value;
    else el.setAttribute(key, value === true ? "" : String(value));
  }
  add(el, children);
  return el;
}

function add(el, children) {
  for (const child of children.flat()) {
    if (child === undefined || child === null || child === false) continue;
    el.append(child instanceof Node ? child : String(child));
  }
}

export function replace(el, ...children) {
  el.replaceChildren();
  add(el, children);
}

// sync makes el hold exactly these nodes, and moves none that is in place: a
// field in a card keeps its focus while messages arrive around it.
export function sync(el, nodes) {
  let at = el.firstChild;
  for (const node of nodes) {
    if (node === at) at = at.nextSibling;
    else el.insertBefore(node, at);
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

const icons = {
  chat: "M4 5h16v11H9l-5 4z",
  teams: "M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zm8 0a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM3 19c0-3 2-5 5-5s5 2 5 5m1-5c4-1 7 1 7 5",
  panel: "M4 5h16v14H4zM14 5v14",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v3m0 14v3M2 12h3m14 0h3M5 5l2 2m10 10 2 2M5 19l2-2M17 7l2-2",
  send: "M4 4l17 8-17 8 3-8zm3 8h9",
  attach: "M8 12l6-6a3.5 3.5 0 0 1 5 5l-8 8a5 5 0 0 1-7-7l8-8",
  close: "M6 6l12 12M18 6L6 18",
  clock: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zm0 4v5l3 2",
};

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(svg.namespaceURI, "path");
  path.setAttribute("d", icons[name]);
  svg.append(path);
  return svg;
}

// avatar shows initials on a colour that belongs to the name.
export function avatar(name, bot = false) {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const initials = bot ? "M" : ((words[0]?.[0] ?? "?") + (words.length > 1 ? words.at(-1)[0] : "")).toUpperCase();
  let sum = 0;
  for (const c of name) sum = (sum * 31 + c.codePointAt(0)) % 8;
  return h("span", { class: bot ? "avatar bot" : `avatar hue${sum}`, "aria-hidden": "true" }, initials);
}
