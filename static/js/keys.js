// Single-key shortcuts: one listener, off while somebody types, under Ctrl, Alt or Meta, and for whom they are switched off.

const handlers = new Map();
// The sheet's checkbox is the person's own setting, rendered by the server: speech input and shaky hands press keys
// nobody meant (WCAG 2.1.4).
const keysOn = document.querySelector("[data-keys-on]");

/** Call `handler` when `key` is pressed outside of fields; it answers false when there was nothing to do. */
export function onKey(key, handler) {
  handlers.set(key, handler);
}

function isTyping(target) {
  if (target.isContentEditable || target.matches("textarea, select")) return true;
  return target.matches("input") && !["radio", "checkbox", "button", "submit"].includes(target.type);
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented || event.repeat) return;
  if (document.querySelector("dialog[open], :popover-open")) return;
  if (event.key !== "Escape" && (isTyping(event.target) || !keysOn.checked)) return;
  const handler = handlers.get(event.key.length === 1 ? event.key.toLowerCase() : event.key);
  if (handler && handler(event) !== false) event.preventDefault();
});
