// Progressive enhancement only: every page works without this file.
// No inline code, no dependencies, no state beyond the page; the theme is kept in a cookie so that the server draws it.
(() => {
  "use strict";

  const root = document.documentElement;
  const one = (selector, from = document) => from.querySelector(selector);
  const all = (selector, from = document) => Array.from(from.querySelectorAll(selector));
  const typing = (element) => element.matches("input, select, textarea, [contenteditable]");

  root.classList.add("scripted");

  // Announcements for readers of screens: at most one in ten seconds, the latest wins.
  const announcer = (() => {
    let waiting = null;
    let timer = 0;
    let last = -Infinity;
    const speak = () => {
      timer = 0;
      last = performance.now();
      const region = one("#announcer");
      if (region && waiting !== null) region.textContent = waiting;
      waiting = null;
    };
    return (text, now = false) => {
      waiting = text;
      if (now) { clearTimeout(timer); speak(); return; }
      if (timer) return;
      timer = setTimeout(speak, Math.max(0, 10000 - (performance.now() - last)));
    };
  })();

  // Left bar under 900 px.
  const setUpMenu = () => {
    const button = one("[data-menu]");
    const side = one("#menu");
    const app = one(".app");
    if (!button || !side || !app) return;
    button.setAttribute("role", "button");
    button.setAttribute("aria-expanded", "false");
    button.setAttribute("aria-controls", "menu");
    const narrow = matchMedia("(max-width: 900px)");
    const set = (open) => {
      app.classList.toggle("menu-open", open);
      button.setAttribute("aria-expanded", String(open));
      if (open) (one("a", side) || side).focus();
    };
    const isOpen = () => app.classList.contains("menu-open");
    button.addEventListener("click", (event) => { event.preventDefault(); set(!isOpen()); });
    button.addEventListener("keydown", (event) => {
      if (event.key === " ") { event.preventDefault(); set(!isOpen()); }
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && isOpen()) { set(false); button.focus(); }
    });
    document.addEventListener("pointerdown", (event) => {
      if (isOpen() && !side.contains(event.target) && !button.contains(event.target)) set(false);
    });
    side.addEventListener("focusout", (event) => {
      if (isOpen() && event.relatedTarget && !side.contains(event.relatedTarget)) set(false);
    });
    narrow.addEventListener("change", () => set(false));
  };

  // Floating menus: one open at a time, closed by Escape and by a press elsewhere.
  const setUpFloats = () => {
    const close = (except) => all("details.menu[open]").forEach((menu) => { if (menu !== except) menu.open = false; });
    document.addEventListener("pointerdown", (event) => close(event.target.closest("details.menu")));
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      const menu = one("details.menu[open]");
      if (menu) { menu.open = false; one("summary", menu).focus(); }
    });
    all("details.menu").forEach((menu) => menu.addEventListener("toggle", () => { if (menu.open) close(menu); }));
  };

  // Theme: light, dark or the system's.
  const setUpTheme = () => {
    all("[data-theme-choice]").forEach((button) => {
      button.addEventListener("click", (event) => {
        event.preventDefault();
        const choice = button.dataset.themeChoice;
        const secure = location.protocol === "https:" ? "; Secure" : "";
        document.cookie = `theme=${encodeURIComponent(choice)}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
        root.dataset.theme = choice;
        all("[data-theme-choice]").forEach((other) => {
          other.setAttribute("aria-pressed", String(other.dataset.themeChoice === choice));
        });
      });
    });
  };

  // "/" goes to the search box.
  const setUpSearchKey = () => {
    document.addEventListener("keydown", (event) => {
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
      const box = one("[data-search]");
      if (!box) return;
      event.preventDefault();
      box.focus();
      box.select();
    });
  };

  // Things inside a page; run again on swapped fragments.
  const enhance = (from) => {
    all("[data-copy]", from).forEach((button) => {
      button.addEventListener("click", async () => {
        const source = one(button.dataset.copy);
        if (!source || !navigator.clipboard) return;
        await navigator.clipboard.writeText(source.value || source.textContent.trim());
        const done = button.dataset.copied;
        if (!done) return;
        const label = button.dataset.label || button.textContent;
        button.dataset.label = label;
        button.textContent = done;
        announcer(done, true);
        setTimeout(() => { button.textContent = label; }, 2000);
      });
    });

    all("[data-dialog]", from).forEach((opener) => {
      const dialog = one(opener.dataset.dialog);
      if (!dialog || !dialog.showModal) return;
      opener.addEventListener("click", (event) => {
        event.preventDefault();
        dialog.showModal();
        dialog.addEventListener("close", () => opener.focus(), { once: true });
      });
    });
    all("[data-close]", from).forEach((button) => {
      button.addEventListener("click", (event) => { event.preventDefault(); button.closest("dialog")?.close(); });
    });

    all("form[data-auto]", from).forEach((form) => {
      form.addEventListener("change", (event) => {
        if (event.target.matches("select, input[type=radio], input[type=checkbox]")) form.requestSubmit();
      });
    });

    // After half a second of quiet the form is sent to "data-quiet", and the answer stands in "data-into".
    all("form[data-quiet]", from).forEach((form) => {
      let timer = 0;
      let turn = 0;
      const ask = async () => {
        const own = ++turn;
        try {
          const response = await fetch(form.dataset.quiet, {
            method: "POST", headers: { "Accept": "text/html" }, body: new URLSearchParams(new FormData(form)),
          });
          const html = response.ok ? await response.text() : null;
          const place = one(form.dataset.into);
          if (html !== null && own === turn && place) swapInside(place, html);
        } catch { /* The button asks, too. */ }
      };
      form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, 500); });
    });

    all("form[method=post]", from).forEach((form) => {
      form.addEventListener("submit", (event) => {
        if (form.dataset.sent) { event.preventDefault(); return; }
        form.dataset.sent = "yes";
        event.submitter?.setAttribute("aria-busy", "true");
      });
    });

    all(".drop", from).forEach((drop) => {
      const input = one("input[type=file]", drop);
      if (!input) return;
      const over = (on) => (event) => { event.preventDefault(); drop.classList.toggle("over", on); };
      ["dragenter", "dragover"].forEach((name) => drop.addEventListener(name, over(true)));
      ["dragleave", "dragend"].forEach((name) => drop.addEventListener(name, over(false)));
      drop.addEventListener("drop", (event) => {
        over(false)(event);
        if (!event.dataTransfer.files.length) return;
        input.files = event.dataTransfer.files;
        input.dispatchEvent(new Event("change", { bubbles: true }));
      });
    });

    all("[data-late]", from).forEach(async (place) => {
      try {
        const response = await fetch(place.dataset.late, { headers: { "Accept": "text/html" } });
        if (response.ok) swapInside(place, await response.text());
      } catch { /* The plain link inside stays. */ }
    });

    all("[data-stream]", from).forEach(listen);
  };

  const fragmentOf = (html) => {
    const holder = document.createElement("template");
    holder.innerHTML = html;
    return holder.content;
  };

  const swapInside = (place, html) => {
    place.replaceChildren(fragmentOf(html));
    enhance(place);
  };

  // Each element of the fragment that has an id replaces the one on the page with that id, without moving focus.
  const swapById = (html) => {
    Array.from(fragmentOf(html).children).forEach((fresh) => {
      const old = fresh.id && document.getElementById(fresh.id);
      if (!old) return;
      const focused = old.contains(document.activeElement) ? document.activeElement : null;
      if (focused && typing(focused)) return;
      const open = all("details[open][id]", old).map((details) => details.id);
      old.replaceWith(fresh);
      open.forEach((id) => { const details = document.getElementById(id); if (details) details.open = true; });
      if (focused && focused.id) document.getElementById(focused.id)?.focus();
      enhance(fresh);
    });
  };

  // Server-sent events. The server sends: "fragment" (markup with ids), "announce" (a sentence),
  // "done" (a path of this site, or empty for this page again) and "reset" (load this page again).
  const listen = (element) => {
    if (!("EventSource" in window) || element.dataset.listening) return;
    element.dataset.listening = "yes";
    const source = new EventSource(element.dataset.stream);
    source.addEventListener("fragment", (event) => swapById(event.data));
    source.addEventListener("announce", (event) => announcer(event.data));
    source.addEventListener("reset", () => { source.close(); location.reload(); });
    source.addEventListener("done", (event) => {
      source.close();
      const path = event.data.trim();
      if (path.startsWith("/") && !path.startsWith("//") && !path.startsWith("/\\")) location.assign(path);
      else location.reload();
    });
    addEventListener("pagehide", () => source.close(), { once: true });
  };

  // Coming back with the browser's arrow must not leave forms locked.
  addEventListener("pageshow", () => {
    all("form[data-sent]").forEach((form) => { delete form.dataset.sent; });
    all("[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
  });

  setUpMenu();
  setUpFloats();
  setUpTheme();
  setUpSearchKey();
  enhance(document);
  if (!document.querySelector("[data-no-focus]")) one(".error-summary")?.focus();
})();
