// Sign-in: the password can be looked at before it is sent.

const button = document.querySelector("[data-show-password]");
const field = button.parentElement.querySelector("input");
button.hidden = false;
button.addEventListener("click", () => {
  const isShown = field.type === "password";
  field.type = isShown ? "text" : "password";
  button.setAttribute("aria-pressed", String(isShown));
});
// What is sent is a password field again, so that no browser offers to remember it as text.
field.form.addEventListener("submit", () => {
  field.type = "password";
});
