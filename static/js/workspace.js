// The workspace: the claim's clock and heartbeat, the preview of what saving does, and a number that hides again.

const token = document.querySelector('meta[name="csrf-token"]')?.content;
function post(url, body) {
  const headers = { "X-CSRFToken": token, Accept: "application/json" };
  return fetch(url, { method: "POST", headers, body, redirect: "manual" });
}

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

  // What is typed is kept on the server: a lock, a lost claim or a closed laptop loses nothing.
  const DRAFT_AFTER_MS = 1500;
  const { note } = form.elements;
  let drafting;
  async function keepDraft() {
    clearTimeout(drafting);
    const kept = note.value;
    try {
      const answer = await post(form.dataset.draft, new URLSearchParams({ note: kept }));
      if (answer.ok) note.defaultValue = kept;
    } catch (error) {
      console.info("draft unanswered", error.name);
    }
  }
  note.addEventListener("input", () => {
    clearTimeout(drafting);
    drafting = setTimeout(keepDraft, DRAFT_AFTER_MS);
  });
  document.addEventListener("desk:cover", () => {
    if (note.value !== note.defaultValue) keepDraft();
  });

  let isSaving = false;
  form.addEventListener("submit", () => {
    isSaving = true;
  });
  window.addEventListener("beforeunload", (event) => {
    // A covered desk asks nobody to stay: the note is on the server.
    if (!form.isConnected) return;
    const { outcome } = form.elements;
    const isTouched = note.value !== note.defaultValue || [...outcome].some((radio) => radio.checked !== radio.defaultChecked);
    if (isTouched && !isSaving) event.preventDefault();
  });
}
document.querySelector("[data-error]")?.focus();

// The number: shown by htmx, copied on request, hidden again when nobody looks.
const HIDE_AFTER_MS = 60_000;
const hidden = document.getElementById("number-hidden");
const refused = document.querySelector("[data-refused]");
const unanswered = document.querySelector("[data-unanswered]");

function hideNumber() {
  if (!hidden || !document.querySelector("[data-number]")) return;
  const shown = document.getElementById("number");
  const hadFocus = shown.contains(document.activeElement);
  shown.replaceWith(hidden.content.cloneNode(true));
  const masked = document.getElementById("number");
  window.htmx.process(masked);
  if (hadFocus) masked.querySelector("button")?.focus();
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
  const { status, responseText } = event.detail.xhr;
  const isRefused = status === 409 || status === 422;
  unanswered.hidden = event.detail.successful || isRefused;
  refused.hidden = !isRefused;
  if (!isRefused) return;
  const { error: code, detail } = JSON.parse(responseText);
  refused.querySelector("span").textContent = detail;
  if (code === "claim_lost") lose(detail);
});
document.body.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id !== "number") return;
  // Only where the swap took the focus away, and only once: the next key may already have moved it on, to the note.
  if (document.activeElement === document.body) document.querySelector('[data-key="d"]')?.focus();
  // The wishes were looked at and the dial is noted: the telephone may ring.
  document.querySelector("[data-dial-now]")?.click();
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
const lost = document.querySelector("[data-lost]");
const left = document.querySelector("[data-lease-left]");
let endsAt = Date.now() + Number(work.dataset.lease) * 1000;
let ticking;
let beating;

function lose(words) {
  if (words) document.querySelector("[data-lost-words]").textContent = words;
  clearInterval(ticking);
  clearInterval(beating);
  lost.hidden = false;
  if (hold) hold.hidden = true;
  hideNumber();
}
function tick() {
  const seconds = Math.max(0, Math.round((endsAt - Date.now()) / 1000));
  left.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  hold.classList.toggle("is-ending", seconds <= ENDING_SECONDS);
  if (seconds === 0) lose();
}
// What happened under our hands: the caller rang again, a colleague said how an earlier call ended.
const newsroom = document.querySelector("[data-news]");
function tell(news) {
  if (news.length === newsroom.childElementCount) return;
  newsroom.replaceChildren(
    ...news.map((sentence) => {
      const line = document.createElement("p");
      line.className = "notice";
      line.textContent = sentence;
      return line;
    }),
  );
}
async function beat() {
  try {
    const answer = await post(work.dataset.heartbeat);
    if (answer.status === 409) lose((await answer.json()).detail);
    else if (answer.ok) {
      const { seconds, news } = await answer.json();
      endsAt = Date.now() + seconds * 1000;
      tell(news);
    }
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
