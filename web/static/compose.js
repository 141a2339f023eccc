// While somebody writes, the server is asked what the networks would say of the words as they stand; the page without
// this script has the button “Check” for the same.
const form = document.querySelector("form[data-check]");
const said = document.getElementById("said");
let waiting;
let asked = 0;

async function check() {
  const mine = ++asked;
  const given = new FormData(form);
  given.set("check", "1");
  try {
    const answer = await fetch(form.action || location.href, { method: "POST", body: given, headers: { "X-Part": "said" } });
    if (answer.ok && mine === asked) said.innerHTML = await answer.text();
  } catch {
    // The words stay; what was said last stays too.
  }
}

if (form && said) {
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(check, 600);
  });
}
