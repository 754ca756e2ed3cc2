// Every page of the desk: the key sheet, keys that press what is on the page, toasts, and no patient data from the back button.

import { onKey } from "./keys.js";

// A page taken from the browser's memory would show patient data that nobody recorded: load it anew.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) window.location.reload();
});

// htmx notes the current path in the browser's storage even with its history off; nothing of ours stays there.
window.addEventListener("load", () => sessionStorage.removeItem("htmx-current-path-for-history"));

const sheet = document.getElementById("keys");
function openSheet() {
  document.querySelector(":popover-open")?.hidePopover();
  sheet.showModal();
}
for (const button of document.querySelectorAll("[data-keys-open]")) button.addEventListener("click", openSheet);
onKey("?", openSheet);
onKey("l", () => document.querySelector("form[data-lock]").requestSubmit());
// What could not be saved is not shown as if it were.
sheet.querySelector("[data-keys-switch]").addEventListener("htmx:afterRequest", (event) => {
  const box = sheet.querySelector("[data-keys-on]");
  if (!event.detail.successful) box.checked = !box.checked;
});

// A control that names its key is pressed by it; a choice is chosen and keeps the focus, a field gets it.
for (const key of "ncrdmstauev123456789") {
  onKey(key, () => {
    const control = document.querySelector(`[data-key="${key}"]`);
    if (!control || control.disabled) return false;
    if (control.matches("textarea, input")) control.focus();
    if (!control.matches("textarea")) control.click();
  });
}
onKey("Escape", (event) => {
  if (event.target.matches("input:not([type=radio]), textarea, select")) {
    event.target.blur();
    return;
  }
  const back = document.querySelector('[data-key="escape"]');
  if (!back) return false;
  back.click();
});

// A second press within two seconds is the same one. Not longer: somebody may have answered "stay" when asked to leave.
const SAME_PRESS_MS = 2000;
document.addEventListener("submit", (event) => {
  const { target: form, submitter } = event;
  if (event.defaultPrevented || form.method === "dialog" || form.matches("[data-undo]")) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  submitter?.setAttribute("aria-busy", "true");
  setTimeout(() => {
    delete form.dataset.sent;
    submitter?.removeAttribute("aria-busy");
  }, SAME_PRESS_MS);
});

// Good news leaves by itself, unless somebody is reading it; refusals stay until they are dismissed.
const READING_MS = 10_000;
for (const toast of document.querySelectorAll("[data-toast]")) {
  const dismiss = () => toast.remove();
  toast.querySelector("[data-dismiss]").addEventListener("click", dismiss);
  if (!toast.matches(".success")) continue;
  let leaving = setTimeout(dismiss, READING_MS);
  const stay = () => clearTimeout(leaving);
  const leave = () => {
    clearTimeout(leaving);
    leaving = setTimeout(dismiss, READING_MS);
  };
  toast.addEventListener("pointerenter", stay);
  toast.addEventListener("focusin", stay);
  toast.addEventListener("pointerleave", leave);
  toast.addEventListener("focusout", leave);
}
