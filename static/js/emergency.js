// Emergency access: what is left of it, on every page; what was read through it leaves the screen when it is over. The
// server's clock decides and refuses by itself.

const bar = document.querySelector("[data-emergency]");
const endsAt = bar && Date.now() + Number(bar.dataset.seconds) * 1000;

function show() {
  const left = Math.max(0, Math.ceil((endsAt - Date.now()) / 1000));
  bar.querySelector("[data-emergency-left]").textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")} ${bar.dataset.word}`;
  if (left > 0) return;
  clearInterval(ticking);
  const through = document.querySelector("[data-through-emergency]");
  bar.remove();
  if (!through) return;
  through.replaceChildren();
  window.location.reload();
}

const ticking = bar && setInterval(show, 1000);
if (bar) {
  show();
  // A closed laptop's clock stood still.
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && bar.isConnected) show();
  });
}
