// The downtime sheet's button: the browser's own print dialog. Without scripts its menu prints as well.
const button = document.querySelector("[data-print]");
button.hidden = false;
button.addEventListener("click", () => window.print());
