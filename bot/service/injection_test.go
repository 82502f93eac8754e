package service_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"muster/bot/intake"
)

// sly are texts that try to be more than text, each with a part by which it is found again wherever it is shown.
var sly = map[string]struct{ text, part string }{
	"a link":              {"[the canary](https://canary.example)", "](https://canary.example)"},
	"a picture":           {"![the canary](https://canary.example/x.png)", "![the canary]("},
	"emphasis":            {"**canary** _canary_ # canary ~~canary~~", "**canary**"},
	"a heading and lists": {"# canary\n- canary\n1. canary\n> canary\n```canary```", "```canary"},
	"HTML":                {`<b>canary</b><img src=x onerror="alert(1)"><script>canary()</script>`, "<script>canary"},
	"broken HTML":         {`"><svg/onload=canary()>'`, "<svg/onload=canary"},
	"a mention":           {"<at>canary</at> <at id=\"0\">everyone</at>", "<at>canary"},
	"an entity":           {"&lt;script&gt;canary&lt;/script&gt;", "&lt;script&gt;canary"},
	"text that turns":     {"canary \u202egpj.exe", "canary"},
	"an isolate":          {"canary \u2066\u2067abc\u2069", "canary"},
	"no width":            {"can\u200bary\u2060\ufeff canary", "canary"},
	"homoglyphs":          {"T\u043em Hughe\u0455 canary", "T\u043em"},
	"controls":            {"canary\x07\x1b[31m\x00 canary", "canary"},
	"a formula":           {"=HYPERLINK(\"https://canary.example\",\"canary\")", "HYPERLINK(\"https://canary"},
	"a sum":               {"@SUM(1+1)*canary", "@SUM(1+1)*canary"},
	"a plus":              {"+1+canary", "+1+canary"},
	"a minus":             {"-2+3+cmd|' /C canary'!A0", "cmd|' /C canary"},
	"a tab first":         {"\t=1+canary", "=1+canary"},
	"a line end first":    {"\r=2+canary", "=2+canary"},
	"a header":            {"canary\r\nBcc: canary@evil.example\r\n\r\nx", "Bcc: canary"},
	"a path":              {"../../../../etc/canary", "../../../../etc/canary"},
	"a Windows path":      {"..\\..\\CON\\canary:stream", "CON\\canary"},
	"a device":            {"NUL.canary", "NUL.canary"},
	"a full stop last":    {"canary. . .", "canary. ."},
	"a percent path":      {"%2e%2e%2fcanary%00", "%2e%2e%2fcanary"},
	"a template":          {"{name} {{canary}} ${canary} {case}", "${canary}"},
	"JSON":                {`"},{"type":"TextBlock","text":"canary"},{"x":"`, `"TextBlock","text":"canary"`},
	"a query":             {"canary' or '1' eq '1", "canary' or"},
	"very long":           {strings.Repeat("canary ", 120), "canary canary"},
	"one long word":       {strings.Repeat("canary", 150), "canarycanary"},
}

const slyLines = `
    - {task: send_mail, key: legal, at: exit, after: [block_sign_in], to: legal@law.example, subject: "About {name}", text: "{name} left on {last_day}."}
    - {task: notify, key: gone, at: exit, after: [block_sign_in], to: it, text: "{name} has left; see {case}."}
`

// TestInjection puts each of them everywhere: into the directory's names, an HR system's event, a form, questions and answers, reasons and
// notes, a spreadsheet and its name, and what is written in chats. Wherever it comes out it is the text that it is.
func TestInjection(t *testing.T) {
	const sender = "hannah.reed@larkfield.example"
	for name, s := range sly {
		t.Run(name, func(t *testing.T) {
			story(t, setting{intake: []intake.Source{payroll}, policy: beyondPolicy(t, "mail_from: "+sender+"\n", "", slyLines)}, func(t *testing.T, w *world) {
				shown := cutTo(s.text, 60) // as long as a name of the directory may be
				s.text = cutTo(s.text, 480)
				w.call("PATCH", "/sandbox/directory/users/olivia.grant@larkfield.example", map[string]any{"displayName": shown, "jobTitle": shown, "officeLocation": shown}, nil)
				w.call("PATCH", "/sandbox/directory/users/callum.frost@larkfield.example", map[string]any{"displayName": shown}, nil)
				event, err := json.Marshal(map[string]string{
					"source": "payroll", "id": "1" + shown, "kind": "joiner", "given": shown, "surname": "Canary", "job": shown, "site": shown, "start": "2027-01-11", "manager": shown, "cost_centre": shown, "notes": s.text,
				})
				if err != nil {
					t.Fatal(err)
				}
				w.post(string(event), payroll.Secret)

				w.say("hr", sentence)
				w.press("hr", "bot", "Check and continue", inputs{"site": "London", "notes": s.text, "cost_centre": "S-1"})
				w.press("hr", "bot", "Confirm", nil)
				w.press("manager", "bot", "Send question", inputs{"question": s.text})
				w.press("hr", "bot", "Send answer", inputs{"answer": s.text})
				w.press("manager", "bot", "Approve", inputs{"elevated": "group:Contract Admins"})
				w.press("approver", "bot", "Refuse now", inputs{"reason": s.text})
				w.walk("2026-12-10 12:00")
				w.pressAbout("it", "it", "Laptop", "Done", inputs{"note": s.text})

				w.announceExit("leaver callum.frost@larkfield.example, last day 11 December at 17:00", inputs{"notes": s.text})
				w.walk("2026-12-11 17:20")
				for _, as := range []string{"hr", "manager", "it", "owner", "approver", "stranger"} {
					for _, words := range []string{s.text, "status " + s.text, "why " + s.text, "new starter " + s.text, "leaver " + s.text, "overdue", "my tasks", "status", "upcoming"} {
						w.write(as, "bot", words)
					}
				}
				w.call("POST", "/sandbox/say", map[string]any{"as": "hr", "chat": "bot", "text": "new starters", "file": map[string]any{
					"name": shown + ".csv", "base64": []byte("Given,Surname,Job,Site,Start,Manager,Notes\n" + strconv.Quote(strings.ReplaceAll(shown, `"`, `""`)) + ",Canary,Account Manager,London,2027-01-18,Tom Hughes,\"" + strings.ReplaceAll(s.text, `"`, `""`) + "\"\n"),
				}}, nil)
				w.settle()
				w.comesOutAsText(s.part)
				for _, m := range w.sim.SentBy(sender) {
					if strings.ContainsAny(m.Subject, "\r\n") || len(m.To) != 1 || m.To[0] != "legal@law.example" && !strings.HasSuffix(m.To[0], "@larkfield.example") {
						t.Errorf("mail to %q about %q", m.To, m.Subject)
					}
				}
				w.filesHoldText(s.part)
				if log := w.log.String(); strings.Contains(log, "canary") {
					for line := range strings.Lines(log) {
						if strings.Contains(line, "canary") {
							t.Errorf("the log says %s", line)
						}
					}
				}
				w.verify()
			})
		})
	}
}

func cutTo(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}

// comesOutAsText looks at all that anybody was shown.
func (w *world) comesOutAsText(part string) {
	w.t.Helper()
	seen := 0
	for _, as := range []string{"hr", "hr2", "manager", "manager2", "approver", "it", "owner", "stranger"} {
		for _, chat := range []string{"bot", "it", "owners"} {
			var list []struct {
				From, Text, Format, Summary string
				Card                        json.RawMessage
			}
			var raw json.RawMessage
			if w.call("GET", "/sandbox/messages?as="+as+"&chat="+chat, nil, &raw) != http.StatusOK {
				continue
			}
			if err := json.Unmarshal(raw, &list); err != nil {
				w.t.Fatal(err)
			}
			for _, m := range list {
				if m.From != "bot" {
					continue
				}
				if m.Text != "" && m.Format != "plain" {
					w.t.Errorf("%s is sent a message in %q: %s", as, m.Format, m.Text)
				}
				if strings.Contains(m.Text, part) {
					seen++
				}
				for _, r := range m.Text + m.Summary {
					if r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' || r < ' ' && r != '\n' && r != '\t' {
						w.t.Errorf("%s is sent text that turns or hides: %q", as, m.Text+m.Summary)
						break
					}
				}
				if chat != "bot" && strings.Contains(m.Summary, part) {
					w.t.Errorf("the notification in %s says %q", chat, m.Summary)
				}
				seen += w.cardHoldsText(as, m.Card, part)
			}
		}
	}
	if seen == 0 {
		w.t.Error("it is shown to nobody, so this shows nothing")
	}
}

// cardHoldsText looks at one card: what came from outside stands where no client reads markdown, and makes nothing of its own.
func (w *world) cardHoldsText(as string, card json.RawMessage, part string) (seen int) {
	var root any
	if len(card) == 0 || json.Unmarshal(card, &root) != nil {
		return 0
	}
	kinds := map[string]bool{
		"": true, "AdaptiveCard": true, "TextBlock": true, "RichTextBlock": true, "TextRun": true, "FactSet": true, "Container": true, "ColumnSet": true, "Column": true, "ActionSet": true,
		"Input.Text": true, "Input.Date": true, "Input.Time": true, "Input.ChoiceSet": true, "Input.Toggle": true, "Action.Execute": true, "Action.Submit": true, "Action.ShowCard": true,
		"Action.ToggleVisibility": true, "Data.Query": true,
	}
	var look func(n any, inData bool)
	look = func(n any, inData bool) {
		switch n := n.(type) {
		case []any:
			for _, c := range n {
				look(c, inData)
			}
		case map[string]any:
			kind, _ := n["type"].(string)
			if !kinds[kind] && !inData {
				w.t.Errorf("a card for %s has a %s", as, kind)
			}
			for key, v := range n {
				s, isText := v.(string)
				if !isText {
					look(v, inData || key == "data")
					continue
				}
				for _, r := range s {
					if !inData && (r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' || r == 0 || r == 0x1b) {
						w.t.Errorf("a card for %s turns or hides text in %s of %q: %q", as, key, kind, s)
						break
					}
				}
				if !strings.Contains(s, part) {
					continue
				}
				seen++
				switch {
				case inData, kind == "TextRun" && key == "text", strings.HasPrefix(kind, "Input.") && key == "value", kind == "AdaptiveCard" && key == "fallbackText":
				case (kind == "" && key == "title" || key == "label" || key == "value" && kind == "") && !strings.Contains(s, "]("): // a choice
				case part == "canary" || part == "canary canary" || part == "canarycanary": // only letters are left of it
				default:
					w.t.Errorf("a card for %s has it in %s of %q: %s", as, key, kind, s)
				}
			}
		}
	}
	look(root, false)
	return seen
}

var fileName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*$`)

// filesHoldText looks at the files that an owner can have: the evidence of a case, the list of a period, the review of the month.
func (w *world) filesHoldText(part string) {
	w.t.Helper()
	for _, c := range w.cases() {
		_, files := w.pack(c.Ref)
		for name, content := range files {
			w.fileHoldsText(strings.ToLower(name), []byte(content), part)
		}
	}
	for _, ask := range []string{"export 1 November 2026 to 31 January 2027", "review this month"} {
		w.say("owner", ask)
	}
	if m, ok := w.card("owner", "bot", "", "As files"); ok {
		w.pressOn("owner", m.ID, "As files", nil)
	}
	w.pressOn("owner", w.question("owner").ID, "Allow", nil)
	got := w.drive("owner")
	if len(got) == 0 {
		w.t.Error("the owner has no file")
	}
	for _, f := range got {
		w.fileHoldsText(f.Name, w.download(f), part)
	}
}

func (w *world) fileHoldsText(name string, content []byte, part string) {
	w.t.Helper()
	if !fileName.MatchString(name) {
		w.t.Errorf("a file is called %q", name)
	}
	switch {
	case strings.HasSuffix(name, ".zip"):
		z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
		if err != nil {
			w.t.Fatal(err)
		}
		for _, f := range z.File {
			in, err := f.Open()
			if err != nil {
				w.t.Fatal(err)
			}
			b, err := io.ReadAll(in)
			if err != nil {
				w.t.Fatal(err)
			}
			w.fileHoldsText(strings.ToLower(f.Name), b, part)
		}
	case strings.HasSuffix(name, ".html"):
		if strings.ContainsAny(part, "<") && bytes.Contains(content, []byte(part)) || strings.Contains(string(content), "&lt;script&gt;canary") && part == "&lt;script&gt;canary" {
			w.t.Errorf("%s has it as markup", name)
		}
		if !bytes.Contains(content, []byte("default-src 'none'")) && !bytes.Contains(content, []byte("default-src &#39;none&#39;")) {
			w.t.Errorf("%s may run what it likes", name)
		}
		if bytes.Contains(content, []byte("\u202e")) || bytes.Contains(content, []byte("\u2066")) {
			w.t.Errorf("%s has text that turns", name)
		}
	case strings.HasSuffix(name, ".jsonl"):
		for line := range bytes.Lines(content) {
			if !json.Valid(line) {
				w.t.Errorf("%s has a line that is no JSON: %s", name, line)
			}
		}
	case strings.HasSuffix(name, ".xlsx"):
		f, err := excelize.OpenReader(bytes.NewReader(content))
		if err != nil {
			w.t.Fatal(err)
		}
		for _, sheet := range f.GetSheetList() {
			rows, err := f.GetRows(sheet)
			if err != nil {
				w.t.Fatal(err)
			}
			for y, row := range rows {
				for x := range row {
					cell, err := excelize.CoordinatesToCellName(x+1, y+1)
					if err != nil {
						w.t.Fatal(err)
					}
					if formula, err := f.GetCellFormula(sheet, cell); err != nil || formula != "" {
						w.t.Errorf("%s %s!%s is the formula %q (%v)", name, sheet, cell, formula, err)
					}
					if link, target, err := f.GetCellHyperLink(sheet, cell); err != nil || link {
						w.t.Errorf("%s %s!%s leads to %q (%v)", name, sheet, cell, target, err)
					}
				}
			}
		}
		if err := f.Close(); err != nil {
			w.t.Error(err)
		}
	case strings.HasSuffix(name, ".pdf"):
		for _, word := range []string{"/JavaScript", "/JS", "/Launch", "/URI", "/AA", "/OpenAction"} {
			if bytes.Contains(content, []byte(word+" ")) || bytes.Contains(content, []byte(word+"(")) {
				w.t.Errorf("%s has %s", name, word)
			}
		}
	}
}
