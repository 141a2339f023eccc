// A tile that is dragged to another day keeps its hour. Without a mouse, “Move” on the post's page does the same.
const month = document.querySelector("ol[data-shift]");
const form = document.getElementById("shift");
let held = null;

function dayOf(event) {
  return event.target instanceof Element ? event.target.closest("[data-day]") : null;
}

function mark(day) {
  for (const other of month.querySelectorAll(".over")) other.classList.remove("over");
  if (day) day.classList.add("over");
}

function put(name, value) {
  const field = document.createElement("input");
  field.type = "hidden";
  field.name = name;
  field.value = value;
  form.append(field);
}

function drop(day) {
  if (held.closest("[data-day]") === day) return;
  if (held.dataset.agreed && !confirm(month.dataset.sure)) return;
  form.elements.day.value = day.dataset.day;
  form.elements.next.value = month.dataset.next;
  for (const publication of held.dataset.publications.trim().split(" ")) put("publication", publication);
  form.submit();
}

if (month && form) {
  month.addEventListener("dragstart", (event) => {
    held = event.target.closest("[data-publications]");
    if (!held) return;
    held.classList.add("held");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", held.dataset.publications);
  });
  month.addEventListener("dragover", (event) => {
    const day = held && dayOf(event);
    if (!day) return;
    event.preventDefault();
    mark(day);
  });
  month.addEventListener("drop", (event) => {
    const day = held && dayOf(event);
    if (!day) return;
    event.preventDefault();
    drop(day);
  });
  month.addEventListener("dragend", () => {
    mark(null);
    if (held) held.classList.remove("held");
    held = null;
  });
}
