// Passkeys: asks the browser to use one or to make one, and sends what comes of it. Without them the forms stay hidden.

const canUse = Boolean(window.PublicKeyCredential?.parseRequestOptionsFromJSON);

function send(url, form, extra = {}) {
  const body = new FormData(form);
  for (const [name, value] of Object.entries(extra)) body.set(name, value);
  return fetch(url, { method: "POST", body, redirect: "manual", headers: { Accept: "application/json" } });
}

function ask(form, options) {
  return "makes" in form.dataset
    ? navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
    : navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
}

// What the server says in a sentence is shown; a page that answers instead means the session changed: it is loaded anew.
async function read(answer) {
  if (answer.type === "opaqueredirect" || answer.status === 403) {
    window.location.reload();
    return null;
  }
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.detail, { cause: "server" });
  return said;
}

async function go(event) {
  event.preventDefault();
  const form = event.target;
  const button = form.querySelector("button");
  const error = form.querySelector("[role=alert]");
  error.hidden = true;
  button.disabled = true;
  try {
    const options = await read(await send(form.dataset.challenge, form));
    if (!options) return;
    const made = await ask(form, options);
    const said = await read(await send(form.action, form, { answer: JSON.stringify(made.toJSON()) }));
    if (said) window.location.assign(said.onward);
  } catch (failure) {
    // Its own words name no cause a person could use: cancelled, too late, no passkey, an address that has none.
    console.info("passkey not used", failure.name);
    error.textContent = failure.cause === "server" ? failure.message : form.dataset.failed;
    error.hidden = false;
    button.disabled = false;
    button.focus();
  }
}

for (const form of document.querySelectorAll("[data-passkey]")) {
  form.hidden = !canUse;
  form.addEventListener("submit", go);
}
