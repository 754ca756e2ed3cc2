// Acts on the queue and the workspace: dialogs that ask first, the offer to undo, and ticked rows.

for (const opener of document.querySelectorAll("[data-opens]")) {
  opener.addEventListener("click", () => document.getElementById(opener.dataset.opens).showModal());
}
for (const closer of document.querySelectorAll("[data-closes]")) {
  closer.addEventListener("click", () => closer.closest("dialog").close());
}
// What was refused comes back with what was typed.
document.querySelector("[data-open-now]")?.showModal();

// The offer to undo leaves with its half minute, unless somebody is on it: then the answer says it was too late.
const undo = document.querySelector("[data-undo]");
if (undo) setTimeout(() => undo.matches(":focus-within") || undo.remove(), Number(undo.dataset.undo) * 1000);

// Ticked rows: how many, and none again.
const bulk = document.getElementById("bulk");
if (bulk) {
  const ticks = [...document.querySelectorAll("[data-tick]")];
  const count = bulk.querySelector("[data-bulk-count]");
  const tell = () => {
    const ticked = ticks.filter((tick) => tick.checked).length;
    bulk.classList.toggle("is-used", ticked > 0);
    count.textContent = ticked ? count.dataset.words.replace("%s", ticked) : "";
  };
  document.addEventListener("change", tell);
  bulk.querySelector("[data-bulk-none]").addEventListener("click", () => {
    for (const tick of ticks) tick.checked = false;
    tell();
  });
  tell();
}
