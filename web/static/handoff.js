// Copy buttons. Without this script they stay hidden, and a tap on a text selects it whole.
for (const button of document.querySelectorAll("button[data-copy]")) {
  const source = document.getElementById(button.dataset.copy);
  const label = button.textContent;
  button.hidden = false;
  button.setAttribute("aria-live", "polite");
  button.addEventListener("click", async () => {
    if (await copied(source)) {
      button.textContent = button.dataset.done;
      setTimeout(() => { button.textContent = label; }, 2000);
    }
  });
}

async function copied(source) {
  const text = source.value ?? source.textContent;
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {  // no secure address, or not allowed: the old way, which also leaves the text selected
    if (source.select) source.select(); else getSelection().selectAllChildren(source);
    return document.execCommand("copy");
  }
}
