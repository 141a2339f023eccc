// A picture that the server refuses to draw says why, in words, where they have a place behind it.
"use strict";
for (const words of document.querySelectorAll("img + [data-why]")) {
  const image = words.previousElementSibling;

  const refused = async () => {
    image.hidden = true;
    const answer = await fetch(image.src).catch(() => null);
    if (answer && answer.status === 422) words.textContent = await answer.text();
  };

  image.addEventListener("error", refused);
  image.addEventListener("load", () => (words.textContent = ""));
  if (image.complete && !image.naturalWidth) refused();
}
