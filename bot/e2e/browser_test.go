package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// chromium is a browser of this machine, or "".
func chromium() string {
	if name := os.Getenv("CHROMIUM"); name != "" {
		return name
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			return found
		}
	}
	return ""
}

// page is a person before the sandbox's page. Everything is read as it is shown and done with the mouse and the keyboard.
type page struct {
	*testing.T
	ctx   context.Context
	shots string // folder for pictures; none when empty
	shot  int
}

// openPage starts a sandbox and a browser with a window of that size.
func openPage(t *testing.T, wide, high int64) (*page, player) {
	t.Helper()
	browser := chromium()
	if browser == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("there is no Chromium, and CI must have one")
		}
		t.Skip("there is no Chromium or Chrome here to open the page in; install one, or name it in CHROMIUM")
	}
	pl, err := newPlace(filepath.Join(t.TempDir(), "data"))
	if err != nil {
		t.Fatal(err)
	}
	muster, err := pl.start(t.Context(), os.Environ(), "--clock", monday)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := muster.stop(); err != nil {
			t.Error(err)
		}
	})
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(browser), chromedp.NoSandbox, chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("lang", "en-GB"))
	alloc, cancelAlloc := chromedp.NewExecAllocator(context.WithoutCancel(t.Context()), options...)
	t.Cleanup(cancelAlloc)
	ctx, cancel := chromedp.NewContext(alloc)
	t.Cleanup(cancel)
	p := &page{T: t, ctx: ctx, shots: os.Getenv("MUSTER_SCREENSHOTS")}
	p.do("size the window", chromedp.EmulateViewport(wide, high))
	p.do("open the page", chromedp.Navigate("http://"+pl.listen+"/?as=hr"))
	p.waits(`document.querySelector('[data-testid="composer"]')`, "the page is there")
	return p, player{pl.client()}
}

func (p *page) do(what string, step chromedp.Action[chromedp.Void]) {
	p.Helper()
	if err := chromedp.Do(p.ctx, step); err != nil {
		p.fail("%s: %v", what, err)
	}
}

// fail says what the page reads, and leaves a picture of it.
func (p *page) fail(format string, args ...any) {
	p.Helper()
	p.picture("failed")
	p.Fatalf(format+"\nthe page reads:\n%s", append(args, p.text("body"))...)
}

// ask evaluates an expression in the page.
func ask[T any](p *page, expression string) T {
	p.Helper()
	v, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		p.Fatalf("%s: %v", expression, err)
	}
	return v
}

// text is what a person reads in a part of the page.
func (p *page) text(selector string) string {
	p.Helper()
	return strings.Join(strings.Fields(ask[string](p, fmt.Sprintf(`[...document.querySelectorAll(%s)].map((e) => e.innerText).join("\n")`, quote(selector)))), " ")
}

func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		return `""` // a string always marshals
	}
	return string(b)
}

const (
	chat = `[data-testid="messages"]`
	pane = `[data-testid="pane"]`
)

// patience is how long anything on the page may take.
const patience = time.Minute

// until waits for something in the page to be true, and says whether it came.
func (p *page) until(expression string) bool {
	p.Helper()
	end := time.NewTimer(patience)
	defer end.Stop()
	look := time.NewTicker(40 * time.Millisecond)
	defer look.Stop()
	for {
		if ask[bool](p, "Boolean("+expression+")") {
			return true
		}
		select {
		case <-look.C:
		case <-end.C:
			return false
		}
	}
}

// waits fails unless something in the page comes true.
func (p *page) waits(expression, what string) {
	p.Helper()
	if !p.until(expression) {
		p.fail("waited in vain until %s", what)
	}
}

// reads waits until a part of the page shows the words.
func (p *page) reads(selector, want string) {
	p.Helper()
	p.waits(fmt.Sprintf(`[...document.querySelectorAll(%s)].some((e) => e.innerText.replace(/\s+/g, " ").includes(%s))`, quote(selector), quote(want)), selector+" reads "+want)
}

// readsNot wants the words nowhere in a part of the page.
func (p *page) readsNot(selector, never string) {
	p.Helper()
	if got := p.text(selector); strings.Contains(got, never) {
		p.Errorf("%s reads %q:\n%s", selector, never, got)
	}
}

// is makes the page somebody else's.
func (p *page) is(key string) {
	p.Helper()
	p.waits(fmt.Sprintf(`[...document.getElementById("who").options].some((o) => o.value === %s && !o.disabled)`, quote(key)), key+" can be chosen")
	ask[string](p, fmt.Sprintf(`(() => { const who = document.getElementById("who"); who.value = %s; who.dispatchEvent(new Event("change")); return who.value; })()`, quote(key)))
	p.waits(fmt.Sprintf(`new URL(location.href).searchParams.get("as") === %s`, quote(key)), "the page is "+key)
}

// mouse clicks the last thing of those that an expression finds which can be seen and used, once nothing covers it.
func (p *page) mouse(found, what string) {
	p.Helper()
	last := `[...` + found + `].filter((e) => e.offsetParent !== null && !e.disabled && !e.closest("[inert]")).at(-1)`
	// Its middle must be what the mouse would hit, and it must stand still: a card above that is drawn anew moves everything below.
	free := `(() => { const e = ` + last + `; if (!e) return null;
		e.scrollIntoView({block: "center"});
		const r = e.getBoundingClientRect(), x = r.left + r.width / 2, y = r.top + r.height / 2, hit = document.elementFromPoint(x, y);
		if (!hit || !(e === hit || e.contains(hit) || hit.contains(e))) return null;
		const before = window.aimed;
		window.aimed = {e, x, y, at: before?.e === e && before.x === x && before.y === y ? before.at : Date.now()};
		return Date.now() - window.aimed.at > 100 ? [x, y] : null; })()`
	armed := `document.addEventListener("click", (c) => { window.landed = window.aimed.e.contains(c.target) || c.target.contains(window.aimed.e); }, {capture: true, once: true})`
	for range 5 {
		p.waits(free, what+" can be clicked")
		at := ask[[]float64](p, free)
		if len(at) != 2 {
			continue // it has just been moved
		}
		ask[chromedp.Void](p, `window.landed = false; `+armed)
		p.do("click "+what, chromedp.MouseClickXY(at[0], at[1]))
		if ask[bool](p, `window.landed`) {
			return
		}
	}
	p.fail("%s never stands still for a click", what)
}

// click clicks the last visible thing with the test id.
func (p *page) click(id string) {
	p.Helper()
	p.mouse(`document.querySelectorAll(`+quote(`[data-testid="`+id+`"]`)+`)`, id)
}

// write types into the last visible field with the test id.
func (p *page) write(id, text string) {
	p.Helper()
	p.click(id)
	p.do("type into "+id, chromedp.KeyEvent(text))
}

// say writes a message and sends it.
func (p *page) say(text string) {
	p.Helper()
	p.write("composer", text)
	p.click("send")
}

// tick clicks a check box by its label.
func (p *page) tick(label string) {
	p.Helper()
	p.mouse(fmt.Sprintf(`[...document.querySelectorAll('%s input[type="checkbox"]')].filter((e) => (e.getAttribute("aria-label") ?? e.parentElement.innerText).includes(%s))`, chat, quote(label)), "check box "+label)
}

// choose chooses in the last visible list of choices.
func (p *page) choose(id, title string) {
	p.Helper()
	if !ask[bool](p, fmt.Sprintf(`(() => {
		const s = [...document.querySelectorAll(%s)].filter((e) => e.offsetParent !== null).at(-1);
		const o = [...s.options].find((o) => o.text === %s);
		if (!o) return false;
		s.value = o.value; s.dispatchEvent(new Event("change", {bubbles: true}));
		return true; })()`, quote(`select[data-testid="`+id+`"]`), quote(title))) {
		p.Fatalf("%s does not offer %q", id, title)
	}
}

// fits wants nothing to need scrolling sideways.
func (p *page) fits(where string) {
	p.Helper()
	wide := ask[[]string](p, `(() => { const w = document.documentElement.clientWidth, out = [];
		if (document.documentElement.scrollWidth > w) out.push("the page is " + document.documentElement.scrollWidth + " wide");
		for (const e of document.querySelectorAll(".card *, .composer, .top")) { const r = e.getBoundingClientRect();
			if (r.width > 0 && e.offsetParent !== null && (r.right > w + 1 || r.left < -1) && !e.closest(".side, .pane")) out.push(e.className + " " + (e.innerText ?? "").slice(0, 40)); }
		return out.slice(0, 3); })()`)
	if len(wide) > 0 {
		p.picture("wide")
		p.Errorf("%s does not fit: %v", where, wide)
	}
}

// picture takes one, for people to look at.
func (p *page) picture(name string) {
	p.Helper()
	if p.shots == "" {
		return
	}
	png, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		p.Logf("no picture of %s: %v", name, err)
		return
	}
	p.shot++
	if err := os.WriteFile(filepath.Join(p.shots, fmt.Sprintf("%s-%02d-%s.png", p.Name(), p.shot, name)), png, 0o600); err != nil {
		p.Error(err)
	}
}
