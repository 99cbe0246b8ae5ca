/**
 * Sends a trigger form without leaving the page, and puts the outcome beside the button.
 */

const FAILED = {
  ok: false,
  text: "The server could not be reached, or did not answer as it should.",
  advice: "It is not known whether the ad was sent: look at the feed before you trigger again.",
};

export function takeOver(form) {
  const button = form.querySelector("button");
  const place = form.parentElement.querySelector('[data-part="outcome"]');
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.getAttribute("aria-disabled") === "true") return;
    // Not `disabled`, which would throw the keyboard's focus away.
    button.setAttribute("aria-disabled", "true");
    place.replaceChildren(notice(await send(form)));
    button.removeAttribute("aria-disabled");
  });
}

async function send(form) {
  try {
    const body = new URLSearchParams(new FormData(form));
    const headers = { accept: "application/json" };
    const answer = await fetch(form.action, { method: "POST", headers, body });
    if (answer.ok) return await answer.json();
    const problem = await answer.json();
    const signIn = answer.status === 401 || answer.status === 403;
    const advice = signIn ? "Load the page again." : "Try again in a moment.";
    return { ok: false, text: problem.detail ?? FAILED.text, advice };
  } catch {
    return FAILED;
  }
}

function notice({ ok, text, advice }) {
  const box = document.createElement("div");
  box.className = `notice small ${ok ? "good" : "bad"}`;
  const first = document.createElement("p");
  const strong = document.createElement("strong");
  strong.textContent = text;
  first.append(strong);
  const second = document.createElement("p");
  second.textContent = advice;
  box.append(first, second);
  return box;
}
