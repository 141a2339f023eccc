// A box drawn, moved and resized on the picture, by mouse, finger or arrow keys, fills in the four numbers of the form;
// without this script they are typed.
const form = document.querySelector("form[data-box]");
const drawing = document.querySelector("svg[data-boxes]");
const sides = ["left", "top", "width", "height"];

if (form && drawing) {
  const fields = Object.fromEntries(sides.map((side) => [side, form.elements[side]]));
  const box = drawing.querySelector("rect.chosen") ?? drawing.appendChild(rectangle());
  form.querySelector("[data-drag]").hidden = false;
  drawing.classList.add("drawn");
  let drag = null;

  const read = () => Object.fromEntries(sides.map((side) => [side, Number(fields[side].value.replace(",", ".")) || 0]));
  const show = () => {
    const at = read();
    for (const [name, side] of [["x", "left"], ["y", "top"], ["width", "width"], ["height", "height"]]) {
      box.setAttribute(name, Math.max(0, at[side]));
    }
  };
  const write = (at) => {
    for (const side of sides) fields[side].value = Math.round(at[side] * 100) / 100;
    show();
  };
  const place = (event) => {
    const whole = drawing.getBoundingClientRect();
    return { x: (event.clientX - whole.left) / whole.width * 100, y: (event.clientY - whole.top) / whole.height * 100 };
  };

  drawing.addEventListener("pointerdown", (event) => {
    const at = place(event), held = read();
    const inside = at.x >= held.left && at.x <= held.left + held.width && at.y >= held.top && at.y <= held.top + held.height;
    const corner = Math.abs(at.x - held.left - held.width) < 3 && Math.abs(at.y - held.top - held.height) < 4;
    drag = { how: corner ? "resize" : inside ? "move" : "draw", at, held };
    drawing.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  drawing.addEventListener("pointermove", (event) => {
    if (!drag) return;
    const to = place(event), across = to.x - drag.at.x, down = to.y - drag.at.y, held = drag.held;
    if (drag.how === "move") write({ ...held, left: held.left + across, top: held.top + down });
    else if (drag.how === "resize") write({ ...held, width: Math.max(0.3, held.width + across), height: Math.max(0.3, held.height + down) });
    else if (Math.abs(across) > 0.5 || Math.abs(down) > 0.5) {
      write({ left: Math.min(to.x, drag.at.x), top: Math.min(to.y, drag.at.y), width: Math.abs(across), height: Math.abs(down) });
    }
  });
  for (const end of ["pointerup", "pointercancel"]) drawing.addEventListener(end, () => { drag = null; });
  const arrows = { ArrowLeft: ["left", "width", -1], ArrowRight: ["left", "width", 1], ArrowUp: ["top", "height", -1], ArrowDown: ["top", "height", 1] };
  const within = (value, least) => Math.min(100, Math.max(least, value));
  drawing.addEventListener("keydown", (event) => {
    const arrow = arrows[event.key];
    if (!arrow || event.ctrlKey || event.metaKey) return;
    const [side, length, way] = arrow, held = read(), step = way * (event.altKey ? 0.2 : 1);
    write(event.shiftKey ? { ...held, [length]: within(held[length] + step, 0.3) } : { ...held, [side]: within(held[side] + step, 0) });
    event.preventDefault();
  });
  drawing.setAttribute("tabindex", "0");
  drawing.setAttribute("role", "application");
  drawing.setAttribute("aria-label", form.querySelector("[data-drag]").textContent);
  drawing.removeAttribute("aria-hidden");
  for (const side of sides) fields[side].addEventListener("input", show);
  show();
}

function rectangle() {
  const made = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  made.setAttribute("class", "chosen");
  return made;
}
