// The queue: move with J and K, claim, and hear that something changed; rows never move by themselves.

import { onKey } from "./keys.js";

const rows = [...document.querySelectorAll("[data-row]")];
const opener = (row) => row.querySelector("a.open");
const current = () => rows.findIndex((row) => row.contains(document.activeElement));

// The row with the focus is the chosen one: Enter opens it because it is a link.
function go(step) {
  if (rows.length === 0) return false;
  const next = Math.min(Math.max(current() + step, 0), rows.length - 1);
  opener(rows[next]).focus({ preventScroll: true, focusVisible: true });
  rows[next].scrollIntoView({ block: "nearest" });
}
onKey("j", () => go(1));
onKey("k", () => go(-1));
onKey("c", () => {
  const claim = rows[current()]?.querySelector("[data-claim]:not(:disabled)");
  if (!claim) return false;
  claim.click();
});

onKey("x", () => {
  const tick = rows[current()]?.querySelector("[data-tick]");
  if (!tick) return false;
  tick.click();
});

// Show what changed: the page anew, with the focus on the row it was on.
function apply() {
  window.history.replaceState({ row: rows[current()]?.dataset.row ?? "" }, "");
  window.location.reload();
}
onKey(".", () => {
  if (!document.querySelector("[data-apply]")) return false;
  apply();
});
document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-apply]")) return;
  event.preventDefault();
  apply();
});
const before = rows.find((row) => row.dataset.row === window.history.state?.row);
if (before) opener(before).focus();

// The pulse: a count of changes, or how long nothing was heard. After a minute of silence nobody claims from an old list.
const pulse = document.querySelector(".pulse");
const SILENCE_MS = 60_000;
let heardAt = new Date();
const shownChanges = () => pulse.querySelector("[data-changes]")?.dataset.changes;

pulse.addEventListener("htmx:beforeSwap", (event) => {
  const changes = /data-changes="(\d+)"/.exec(event.detail.serverResponse)?.[1];
  // No count: another page answered, because the session is over. It is shown as a page.
  if (event.detail.xhr.status === 200 && changes === undefined) window.location.reload();
  // The same count is no news: it must not be read out again, nor lose the focus.
  if (changes === undefined || changes === shownChanges()) event.detail.shouldSwap = false;
});
pulse.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful) {
    heardAt = new Date();
    pulse.querySelector(".stale")?.remove();
  } else if (!pulse.querySelector(".stale")) {
    const line = document.createElement("span");
    line.className = "stale";
    const clock = heardAt.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    line.textContent = pulse.dataset.staleWords.replace("%s", clock);
    pulse.prepend(line);
  }
  const isSilent = Date.now() - heardAt > SILENCE_MS;
  for (const button of document.querySelectorAll("[data-needs-contact]")) button.disabled = isSilent;
});
