// Administration's asking page: keeps one's claims alive while somebody types, as the workspace does.

const HEARTBEAT_MS = 30_000;
const token = document.querySelector('.acting [name="csrfmiddlewaretoken"]').value;

const beat = () => {
  for (const card of document.querySelectorAll("[data-heartbeat]")) {
    fetch(card.dataset.heartbeat, { method: "POST", headers: { "X-CSRFToken": token } });
  }
};
beat();
setInterval(beat, HEARTBEAT_MS);
