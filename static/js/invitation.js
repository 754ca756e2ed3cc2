// An invitation's code comes behind the # of its link, which no server sees; it goes into its field and out of the address.

const field = document.querySelector("[data-code]");
const code = window.location.hash.slice(1);
if (code) {
  field.value = code;
  window.history.replaceState(null, "", window.location.pathname);
  document.querySelector('[name="password"]').focus();
} else if (!field.value) {
  field.focus();
}
