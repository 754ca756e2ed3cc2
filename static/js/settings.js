// Settings: what is wrong is read first, and Ctrl+Enter saves from anywhere in the form.

document.getElementById("problems")?.focus();

for (const form of document.querySelectorAll(".settings-form")) {
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    form.requestSubmit(form.querySelector("[data-save]"));
  });
}
