// Alarms of a running sale, fetched again and again while the page is open: who follows a sale must
// hear of them without reloading, and without losing what they were typing.
const EVERY = 5_000;

export function start(root) {
  return new Alarms(root);
}

class Alarms {
  constructor(root) {
    this.root = root;
    this.again();
  }

  again() {
    setTimeout(() => this.look(), EVERY);
  }

  async look() {
    try {
      const answer = await fetch(this.root.dataset.url, { signal: AbortSignal.timeout(EVERY) });
      if (answer.ok && !answer.redirected) this.show((await answer.text()).trim());
    } catch {
      // No link: the room says so itself.
    }
    this.again();
  }

  // Only what changed is written, so that nothing is read out twice.
  show(told) {
    const page = document.createElement("template");
    page.innerHTML = told;
    if (page.innerHTML === this.root.innerHTML.trim()) return;
    this.root.replaceChildren(page.content);
  }
}
