// The frame of a cut, moved over the photo itself; the page without this script has the same numbers in its fields.
const figure = document.querySelector("[data-cut]");
const fields = document.querySelector("[data-cut-form]");

if (figure && fields) {
  const image = figure.querySelector("img");
  const frame = figure.querySelector(".frame");
  const shapes = { portrait: 1080 / 1350, square: 1, story: 1080 / 1920, link: 1200 / 630, landscape: 1600 / 900 };
  const value = (name) => Number(fields.elements[name].value.replace(",", "."));

  function draw() {
    const width = image.clientWidth;
    const height = image.clientHeight;
    const ratio = shapes[fields.elements.format.value] || width / height;
    const across = Math.min(width, height * ratio) / Math.max(1, value("zoom"));
    const down = across / ratio;
    const left = Math.min(Math.max((value("x") / 100) * width - across / 2, 0), width - across);
    const top = Math.min(Math.max((value("y") / 100) * height - down / 2, 0), height - down);
    frame.hidden = false;
    Object.assign(frame.style, { left: `${left}px`, top: `${top}px`, width: `${across}px`, height: `${down}px` });
  }

  function follow(event) {
    const box = image.getBoundingClientRect();
    fields.elements.x.value = (Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1) * 100).toFixed(1);
    fields.elements.y.value = (Math.min(Math.max((event.clientY - box.top) / box.height, 0), 1) * 100).toFixed(1);
    draw();
  }

  image.draggable = false;
  figure.addEventListener("pointerdown", (event) => {
    if (event.target.closest("figcaption")) return;
    figure.setPointerCapture(event.pointerId);
    follow(event);
    event.preventDefault();
  });
  figure.addEventListener("pointermove", (event) => {
    if (figure.hasPointerCapture(event.pointerId)) follow(event);
  });
  fields.addEventListener("input", draw);
  window.addEventListener("resize", draw);
  if (image.complete) draw();
  else image.addEventListener("load", draw);
}
