// Times as people say them, and the small part of markdown that Teams shows.
import { h } from "./dom.js";

const zone = "Europe/London";
const fmt = (options) => new Intl.DateTimeFormat("en-GB", { timeZone: zone, ...options });
const time = fmt({ hour: "2-digit", minute: "2-digit" });
const day = fmt({ weekday: "short", day: "numeric", month: "short" });
const long = fmt({ weekday: "long", day: "numeric", month: "long", year: "numeric" });
const full = fmt({ weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" });

const valid = (at) => at && !Number.isNaN(new Date(at).getTime());
export const clockTime = (at) => (valid(at) ? time.format(new Date(at)) : "");
export const dayName = (at) => (valid(at) ? long.format(new Date(at)) : "");
export const when = (at) => (valid(at) ? full.format(new Date(at)) : "");
export function shortly(at, now) {
  if (!valid(at)) return "";
  const d = new Date(at);
  return day.format(d) === day.format(new Date(now)) ? time.format(d) : fmt({ day: "numeric", month: "short" }).format(d);
}

// markdown builds nodes: bold, italics, code, links and bullet lists. Everything else
// is text, so that nothing a person wrote can become markup.
export function markdown(text) {
  const out = document.createDocumentFragment();
  let list = null;
  for (const line of text.split(/\r?\n/)) {
    const item = /^\s*[-*]\s+(.*)$/.exec(line);
    if (item) {
      list ??= out.appendChild(h("ul"));
      list.append(h("li", {}, inline(item[1])));
      continue;
    }
    list = null;
    if (line.trim()) out.append(h("p", {}, inline(line)));
  }
  return out;
}

const token = /`([^`]+)`|\*\*(.+?)\*\*|(?<!\w)_(.+?)_(?!\w)|\*(\S.*?)\*|\[([^\]]+)\]\((https?:\/\/[^\s)]+)\)/g;

function inline(line) {
  const nodes = [];
  let from = 0;
  for (const m of line.matchAll(token)) {
    if (m.index > from) nodes.push(line.slice(from, m.index));
    if (m[1]) nodes.push(h("code", {}, m[1]));
    else if (m[2]) nodes.push(h("strong", {}, inline(m[2])));
    else if (m[3] || m[4]) nodes.push(h("em", {}, inline(m[3] || m[4])));
    else nodes.push(h("a", { href: m[6], target: "_blank", rel: "noopener noreferrer" }, m[5]));
    from = m.index + m[0].length;
  }
  if (from < line.length) nodes.push(line.slice(from));
  return nodes;
}

// flat is markdown as one line of plain text, for a preview.
export const flat = (text) => markdown(text).textContent;

// show turns whatever a case or an entry holds into one line.
export function show(v) {
  if (v === undefined || v === null || v === "") return "";
  if (typeof v !== "object") return String(v);
  if (Array.isArray(v)) return v.map(show).filter(Boolean).join(", ");
  return v.name ?? v.displayName ?? Object.entries(v).map(([k, e]) => `${k}: ${show(e)}`).join(", ");
}
