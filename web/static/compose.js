// While somebody writes: the server is asked what the networks would say, and keeps the words for them. Where it cannot
// be reached, or the session has ended, the words stay on the page and in this tab's own memory, and are sent again.
// Without this script the button “Check” asks and keeps just the same.
const form = document.querySelector("form[data-check]");
const said = document.getElementById("said");
const memory = form && `words of ${form.dataset.user} at ${location.pathname}`;
const token = () => form.elements.csrfmiddlewaretoken;
let waiting;
let asked = 0;
let sending = false; // the words are kept before the form goes
let leaving = false; // the form goes
let gone = false; // it went: a second click sends nothing more

const fields = () => [...new FormData(form)].filter(([name]) => name !== "csrfmiddlewaretoken");
const LINE = ["offline", "signed-out"]; // these come and go with the line to the server, the note on a paste does not

function tell(name) {
  for (const one of document.querySelectorAll("[data-when]")) {
    if (one.dataset.when === name) one.hidden = false;
    else if (name !== "cleaned" && LINE.includes(one.dataset.when)) one.hidden = true;
  }
}

function post(to, given) {
  given.set("csrfmiddlewaretoken", token().value);
  return fetch(to, { method: "POST", body: given, headers: { "X-Part": "said" }, signal: AbortSignal.timeout(8000) });
}

// Whoever signs in again in another tab has a new token: the page as it is now holds it. Where it is another person who
// signed in there, their token is not taken: these words are not theirs.
async function renewed() {
  const page = await fetch(location.href);
  if (page.redirected || !page.ok) return false;
  const now = new DOMParser().parseFromString(await page.text(), "text/html").querySelector("form[data-user]");
  const fresh = now?.elements.csrfmiddlewaretoken;
  if (!fresh || now.dataset.user !== form.dataset.user) return false;
  token().value = fresh.value;
  return true;
}

async function keep(again = true) {
  const mine = ++asked;
  const given = new FormData(form);
  const sent = JSON.stringify(fields());
  given.set("check", "1");
  try {
    const answer = await post(form.action, given);
    if (answer.ok && !answer.redirected) {
      if (mine === asked) {
        said.innerHTML = await answer.text();
        if (sessionStorage.getItem(memory) === sent) sessionStorage.removeItem(memory); // else more was typed meanwhile
        tell("");
      }
      return true;
    }
    if (again && answer.status === 403 && await renewed()) return await keep(false);
    tell(answer.redirected || answer.status === 403 ? "signed-out" : "offline");
  } catch {
    tell("offline");
  }
  clearTimeout(waiting);
  if (!leaving) waiting = setTimeout(keep, 5000);
  return false;
}

function typed() {
  if (leaving) return;
  sessionStorage.setItem(memory, JSON.stringify(fields()));
  clearTimeout(waiting);
  waiting = setTimeout(keep, 600);
}

function putBack(words) {
  for (const one of form.elements) {
    const values = words.filter(([name]) => name === one.name).map(([, value]) => value);
    if (one.type === "checkbox" || one.type === "radio") one.checked = values.includes(one.value);
    else if (values.length && !["csrfmiddlewaretoken"].includes(one.name)) one.value = values[0];
  }
}

async function paste(event) {
  const raw = event.clipboardData.getData("text/plain");
  if (!raw || event.target.tagName !== "TEXTAREA") return;
  event.preventDefault();
  const given = new FormData();
  given.set("text", raw);
  let plain = raw;
  try {
    const answer = await post(form.dataset.clean, given);
    if (answer.ok && !answer.redirected) plain = await answer.text();
  } catch {
    // As it is, then: what nobody sees goes when it is saved.
  }
  event.target.focus();
  document.execCommand("insertText", false, plain); // what the key for “undo” knows of
  if (plain.trim() !== raw.replace(/\r\n?/g, "\n").trim()) tell("cleaned");
}

function stay() {
  leaving = false;
  gone = false;
}

function go() {
  leaving = true;
  gone = true;
  clearTimeout(waiting);
  sessionStorage.removeItem(memory);
  setTimeout(stay, 10000); // still here after so long: nothing came of it, and the button works again
}

async function submitted(event) {
  if (gone) {
    event.preventDefault();
    return;
  }
  if (leaving || event.submitter?.name === "drop") {
    go();
    return;
  }
  event.preventDefault();
  if (sending) return;
  sending = true;
  clearTimeout(waiting);
  const kept = await keep();
  sending = false;
  if (!kept) return; // into a dead line or a closed session nothing is sent
  leaving = true;
  form.requestSubmit(event.submitter);
  leaving = gone; // the browser held it back where a box was emptied meanwhile
}

if (form && said) {
  Object.keys(sessionStorage).filter((key) => key.startsWith("words of ") && !key.startsWith(`words of ${form.dataset.user} `)).forEach((key) => sessionStorage.removeItem(key));
  const left = sessionStorage.getItem(memory);
  if (left) {
    putBack(JSON.parse(left));
    sessionStorage.setItem(memory, JSON.stringify(fields()));
    keep();
  }
  form.addEventListener("input", typed);
  form.addEventListener("paste", paste);
  form.addEventListener("submit", submitted);
  addEventListener("pageshow", (event) => event.persisted && stay()); // somebody came back
  addEventListener("online", () => sessionStorage.getItem(memory) && keep());
  addEventListener("beforeunload", (event) => { if (!leaving && sessionStorage.getItem(memory)) event.preventDefault(); });
}
