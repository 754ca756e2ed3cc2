// Single-key shortcuts: one listener, off while somebody types, under Ctrl, Alt or Meta, and for whom they are switched off.
// Scripts name an act by its default key; the sheet says which key its person chose for it.

const handlers = new Map();
// The sheet's checkbox is the person's own setting, rendered by the server: speech input and shaky hands press keys
// nobody meant (WCAG 2.1.4).
const keysOn = document.querySelector("[data-keys-on]");
const acts = [...document.querySelectorAll("[data-key-default]")].map(({ dataset }) => dataset);
const defaults = new Set(acts.map(({ keyDefault }) => keyDefault));
const chosen = new Map(acts.map(({ keyDefault, keyOwn }) => [keyOwn, keyDefault]));
// The default key of what was pressed; a key whose act was moved away means nothing.
function meant(key) {
  return chosen.get(key) ?? (defaults.has(key) ? "" : key);
}

// "Go": the next key within this time names a place.
const GO_MS = 1500;
let goingUntil = 0;

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
  const pressed = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const place = Date.now() < goingUntil && document.querySelector(`[data-go="${CSS.escape(pressed)}"]`);
  goingUntil = 0;
  if (place) {
    event.preventDefault();
    place.click();
    return;
  }
  const handler = handlers.get(meant(pressed));
  if (handler && handler(event) !== false) event.preventDefault();
});

onKey("g", () => {
  goingUntil = Date.now() + GO_MS;
});
