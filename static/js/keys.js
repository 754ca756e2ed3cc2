// Single-key shortcuts: one listener, off while somebody types, under Ctrl, Alt or Meta, and where they are switched off.

const handlers = new Map();
const SWITCH = "ringback-single-keys";

/** Call `handler` when `key` is pressed outside of fields; it answers false when there was nothing to do. */
export function onKey(key, handler) {
  handlers.set(key, handler);
}

export function areKeysOn() {
  return localStorage.getItem(SWITCH) !== "off";
}

/** Remembered on this computer; speech input and shaky hands press keys nobody meant (WCAG 2.1.4). */
export function switchKeys(on) {
  if (on) localStorage.removeItem(SWITCH);
  else localStorage.setItem(SWITCH, "off");
}

function isTyping(target) {
  if (target.isContentEditable || target.matches("textarea, select")) return true;
  return target.matches("input") && !["radio", "checkbox", "button", "submit"].includes(target.type);
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented || event.repeat) return;
  if (document.querySelector("dialog[open], :popover-open")) return;
  if (event.key !== "Escape" && (isTyping(event.target) || !areKeysOn())) return;
  const handler = handlers.get(event.key.length === 1 ? event.key.toLowerCase() : event.key);
  if (handler && handler(event) !== false) event.preventDefault();
});
