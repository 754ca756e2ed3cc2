// The lock: when nobody touches the desk, or somebody locks it, the page leaves the document until its person is back.
// The server decides and refuses by itself; this only hides what is on the screen, and keeps what was typed.

const template = document.getElementById("lock");
const ASK_EVERY_MS = 20_000;
const token = template.content.querySelector("[name=csrfmiddlewaretoken]").value;
let locksAt = Date.now() + Number(template.dataset.seconds) * 1000;
let wasTouched = false;
let kept = null;
let isTyped = false;

for (const kind of ["pointerdown", "keydown", "wheel", "touchstart"]) {
  document.addEventListener(kind, (event) => { wasTouched ||= event.isTrusted; }, { capture: true, passive: true });
}

function send(url, method, body) {
  return fetch(url, { method, body, redirect: "manual", headers: { "X-CSRFToken": token, Accept: "application/json" } });
}

// Everything but scripts, which would run again when they come back.
function cover() {
  if (kept) return;
  document.querySelector("dialog[open]")?.close();
  isTyped = [...document.querySelectorAll("textarea, input")].some((field) => field.value !== field.defaultValue || field.checked !== field.defaultChecked);
  // Whoever holds something unsaved sends it now: the next person at this desk may be another.
  document.dispatchEvent(new Event("desk:cover"));
  kept = document.createDocumentFragment();
  kept.append(...[...document.body.children].filter((element) => element.localName !== "script"));
  const cover = kept.querySelector("#lock").content.cloneNode(true).querySelector("dialog");
  document.body.append(cover);
  // Escape closes dialogs; not this one.
  cover.addEventListener("cancel", (event) => event.preventDefault());
  cover.querySelector("[data-unlock]").addEventListener("submit", unlock);
  cover.showModal();
}

async function unlock(event) {
  event.preventDefault();
  const form = event.target;
  const error = document.getElementById("lock-error");
  const proof = form.elements.proof;
  try {
    const answer = await send(form.action, "POST", new FormData(form));
    if (answer.status === 204) return uncover();
    // Another page answers: the session is over, or was opened in another window.
    if (answer.type === "opaqueredirect" || answer.status === 403) return window.location.reload();
    error.textContent = await answer.text();
  } catch (failure) {
    console.info("unlocking unanswered", failure.name);
    error.textContent = template.dataset.unanswered;
  }
  error.hidden = false;
  proof.setAttribute("aria-invalid", "true");
  proof.value = "";
  proof.focus();
}

// With something typed the page comes back as it was; without, it is loaded anew, because the world went on.
function uncover() {
  if (!isTyped) return window.location.reload();
  document.querySelector("dialog.lock").remove();
  document.body.prepend(kept);
  kept = null;
  wasTouched = true;
}

async function ask() {
  if (kept) return;
  const isHere = wasTouched;
  if (!isHere && Date.now() < locksAt) return;
  wasTouched = false;
  try {
    const answer = await (isHere ? send(template.dataset.active, "POST") : send(template.dataset.state, "GET"));
    // Locked or over, it leads away instead of answering; a desk in trouble does not decide.
    if (answer.type === "opaqueredirect") return cover();
    if (answer.ok) locksAt = Date.now() + (await answer.json()).seconds * 1000;
  } catch (failure) {
    console.info("the desk does not answer", failure.name);
  }
  if (Date.now() >= locksAt) cover();
}
setInterval(ask, ASK_EVERY_MS);
// A closed laptop's clock stood still.
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) ask();
});

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("[data-lock]");
  if (!form) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  cover();
  try {
    await send(form.action, "POST");
  } catch (failure) {
    console.info("locking unanswered", failure.name);
  }
}, { capture: true });
