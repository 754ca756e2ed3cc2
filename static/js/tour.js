// The tour of the desk: opens by itself once a person, goes by buttons, and can be opened again from one's menu.

const tour = document.getElementById("tour");
if (tour) {
  const steps = [...tour.querySelectorAll("[data-tour-step]")];
  const back = tour.querySelector("[data-tour-back]");
  const next = tour.querySelector("[data-tour-next]");
  const place = tour.querySelector("[data-tour-at]");
  const goesOn = next.textContent;
  let at = 0;

  function show(step) {
    at = step;
    steps.forEach((one, index) => one.classList.toggle("is-current", index === at));
    place.textContent = place.dataset.words.replace("%s", at + 1).replace("%s", steps.length);
    back.disabled = at === 0;
    next.textContent = at === steps.length - 1 ? next.dataset.done : goesOn;
  }
  function open() {
    document.querySelector(":popover-open")?.hidePopover();
    show(0);
    tour.showModal();
    next.focus();
  }
  back.addEventListener("click", () => {
    show(at - 1);
    if (back.disabled) next.focus();
  });
  next.addEventListener("click", () => {
    if (at === steps.length - 1) tour.close();
    else show(at + 1);
  });
  // Closed is seen, however far it went.
  tour.addEventListener("close", () => {
    if (!("tourNow" in tour.dataset)) return;
    delete tour.dataset.tourNow;
    tour.querySelector("[data-tour-seen]").dispatchEvent(new Event("seen"));
  });
  for (const button of document.querySelectorAll("[data-tour-open]")) button.addEventListener("click", open);
  if ("tourNow" in tour.dataset) open();
}
