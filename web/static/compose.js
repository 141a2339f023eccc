// While somebody writes: the server is asked what the networks would say, and keeps the words for them. Where it cannot
// be reached, or the session has ended, the words stay on the page and in this tab's own memory, and are sent again.
// Without this script the button “Check” asks and keeps just the same.
const form = document.querySelector("form[data-check]");
const said = document.getElementById("said");
const memory = form && `words of ${form.dataset.user} at ${location.pathname}`;
const token = () => form.elements.csrfmiddlewaretoken;
let waiting;
let asked = 0;
let leaving = false;

const fields = () => [...new FormData(form)].filter(([name]) => name !== "csrfmiddlewaretoken");
const tell = (name) => document.querySelectorAll("[data-when]").forEach((one) => { one.hidden = one.dataset.when !== name; });

function post(to, given) {
  given.set("csrfmiddlewaretoken", token().value);
  return fetch(to, { method: "POST", body: given, headers: { "X-Part": "said" }, signal: AbortSignal.timeout(8000) });
}

// Whoever signs in again in another tab has a new token: the page as it is now holds it.
async function renewed() {
  const page = await fetch(location.href);
  if (page.redirected || !page.ok) return false;
  const fresh = new DOMParser().parseFromString(await page.text(), "text/html").querySelector("[name=csrfmiddlewaretoken]");
  if (fresh) token().value = fresh.value;
  return Boolean(fresh);
}

async function keep(again = true) {
  const mine = ++asked;
  const given = new FormData(form);
  given.set("check", "1");
  try {
    const answer = await post(form.action, given);
    if (answer.ok && !answer.redirected) {
      if (mine === asked) {
        said.innerHTML = await answer.text();
        sessionStorage.removeItem(memory);
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
  waiting = setTimeout(keep, 5000);
  return false;
}

function typed() {
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
    // As it is, then: it is cleaned when it is saved.
  }
  event.target.focus();
  document.execCommand("insertText", false, plain); // what the key for “undo” knows of
  if (plain !== raw.replace(/\r\n?/g, "\n").trim()) tell("cleaned");
}

if (form && said) {
  Object.keys(sessionStorage).filter((key) => key.startsWith("words of ") && !key.startsWith(`words of ${form.dataset.user} `)).forEach((key) => sessionStorage.removeItem(key));
  const left = sessionStorage.getItem(memory);
  if (left) {
    putBack(JSON.parse(left));
    keep();
  }
  form.addEventListener("input", typed);
  form.addEventListener("paste", paste);
  form.addEventListener("submit", async (event) => {
    if (leaving || event.submitter?.name === "drop") {
      sessionStorage.removeItem(memory);
      return;
    }
    event.preventDefault();
    clearTimeout(waiting);
    if (!await keep()) return; // into a dead line or a closed session nothing is sent
    leaving = true;
    form.requestSubmit(event.submitter);
  });
  addEventListener("online", () => sessionStorage.getItem(memory) && keep());
  addEventListener("beforeunload", (event) => { if (!leaving && sessionStorage.getItem(memory)) event.preventDefault(); });
}
