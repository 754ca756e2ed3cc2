// The steps of a call: one script at a time, moved through by J and K, and what was checked of the person.

import { onKey } from "./keys.js";

const box = document.querySelector("[data-steps]");
if (box) {
  const links = [...box.querySelectorAll("[data-step]")];
  const says = links.map((link) => document.getElementById(`step-${link.dataset.step}`));
  let at = 0;

  // Without scripts the links show their step by themselves; from here on it is shown without a new address.
  function show(step, { focus = true } = {}) {
    at = Math.min(Math.max(step, 0), links.length - 1);
    links.forEach((link, index) => {
      if (index === at) link.setAttribute("aria-current", "step");
      else link.removeAttribute("aria-current");
    });
    says.forEach((say, index) => say.classList.toggle("is-current", index === at));
    if (focus) says[at].focus();
  }
  box.dataset.steps = "live";
  show(0, { focus: false });
  links.forEach((link, index) =>
    link.addEventListener("click", (event) => {
      event.preventDefault();
      show(index);
    }),
  );
  onKey("j", () => show(at + 1));
  onKey("k", () => show(at - 1));

  // Both fit: the talk begins. Twice not: nothing is told, and the outcome is chosen.
  // Whether somebody may speak for the caller is never ticked by the way.
  const checks = [...box.querySelectorAll('[name="verified_by"]:not([value="proxy"])')];
  const verify = links.findIndex((link) => link.dataset.step === "verify");
  const words = box.querySelector("[data-mismatch-words]");
  let mismatches = 0;
  const tick = (isFitting) => checks.forEach((check) => (check.checked = isFitting));
  box.querySelector("[data-verified]").addEventListener("click", () => {
    tick(true);
    show(verify + 1);
  });
  box.querySelector("[data-mismatch]").addEventListener("click", () => {
    tick(false);
    mismatches += 1;
    words.textContent = mismatches > 1 ? words.dataset.twice : words.dataset.once;
    if (mismatches > 1) document.querySelector('[name="outcome"][value="identity_not_confirmed"]').click();
  });
}
