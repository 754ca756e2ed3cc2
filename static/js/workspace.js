// The workspace: the claim's clock and heartbeat, the preview of what saving does, and a number that hides again.

const work = document.getElementById("work");
const form = document.getElementById("outcome");

// What saving would do, before saving; and nothing typed is lost by leaving.
if (form) {
  const preview = document.querySelector("[data-preview-text]");
  const agreedAt = form.elements.agreed_at;
  const showPreview = () => {
    const chosen = form.querySelector('[name="outcome"]:checked');
    if (chosen) preview.textContent = chosen.dataset.preview;
    agreedAt.required = chosen?.value === "agreed_time";
  };
  form.addEventListener("change", showPreview);
  showPreview();

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    form.requestSubmit(form.querySelector("[data-save]"));
  });

  let isSaving = false;
  form.addEventListener("submit", () => {
    isSaving = true;
  });
  window.addEventListener("beforeunload", (event) => {
    const { note, outcome } = form.elements;
    const isTouched = note.value !== note.defaultValue || [...outcome].some((radio) => radio.checked !== radio.defaultChecked);
    if (isTouched && !isSaving) event.preventDefault();
  });
}
document.querySelector("[data-error]")?.focus();

// The number: shown by htmx, copied on request, hidden again when nobody looks.
const HIDE_AFTER_MS = 60_000;
const hidden = document.getElementById("number-hidden");
const unanswered = document.querySelector("[data-unanswered]");

function hideNumber() {
  if (!hidden || !document.querySelector("[data-number]")) return;
  document.getElementById("number").replaceWith(hidden.content.cloneNode(true));
  window.htmx.process(document.getElementById("number"));
}

document.body.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target.id !== "number") return;
  // Another page answered: the session is over, or the claim is. It is shown as a page.
  if (event.detail.xhr.status === 200 && !event.detail.serverResponse.includes('id="number"')) {
    event.detail.shouldSwap = false;
    window.location.reload();
  }
});
document.body.addEventListener("htmx:afterRequest", (event) => {
  const { status } = event.detail.xhr;
  unanswered.hidden = event.detail.successful || status === 409;
  if (status === 409) lose();
});
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(document.querySelector("[data-number]").textContent);
  const icon = [...button.childNodes];
  button.textContent = button.dataset.done;
  setTimeout(() => button.replaceChildren(...icon), 1500);
});

let hiding;
window.addEventListener("blur", () => {
  clearTimeout(hiding);
  hiding = setTimeout(hideNumber, HIDE_AFTER_MS);
});
window.addEventListener("focus", () => clearTimeout(hiding));

// The claim: a countdown, renewed by a heartbeat while the page is open.
const HEARTBEAT_MS = 30_000;
const ENDING_SECONDS = 45;
const hold = document.querySelector("[data-hold]");
const left = document.querySelector("[data-lease-left]");
const token = document.querySelector('meta[name="csrf-token"]')?.content;
let endsAt = Date.now() + Number(work.dataset.lease) * 1000;
let ticking;
let beating;

function lose() {
  clearInterval(ticking);
  clearInterval(beating);
  document.querySelector("[data-lost]").hidden = false;
  if (hold) hold.hidden = true;
  hideNumber();
}
function tick() {
  const seconds = Math.max(0, Math.round((endsAt - Date.now()) / 1000));
  left.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  hold.classList.toggle("is-ending", seconds <= ENDING_SECONDS);
  if (seconds === 0) lose();
}
async function beat() {
  try {
    const answer = await fetch(work.dataset.heartbeat, {
      method: "POST",
      headers: { "X-CSRFToken": token, Accept: "application/json" },
      redirect: "manual",
    });
    if (answer.status === 409) lose();
    else if (answer.ok) endsAt = Date.now() + (await answer.json()).seconds * 1000;
  } catch (error) {
    // Offline: the countdown goes on and says when the claim is lost.
    console.info("heartbeat unanswered", error.name);
  }
}
if (work.dataset.heartbeat) {
  tick();
  ticking = setInterval(tick, 1000);
  beating = setInterval(beat, HEARTBEAT_MS);
}
