package service_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"muster/flows"
	"muster/store/evidence"
)

// asked is a question for a file, as a person sees it.
type asked struct {
	ID   string
	Asks *struct {
		Name, Description, Answered string
		Size                        int
	}
}

// question is the latest question for a file in a person's chat.
func (w *world) question(as string) asked {
	w.t.Helper()
	var list []asked
	w.call("GET", "/sandbox/messages?as="+as+"&chat=bot", nil, &list)
	for _, m := range slices.Backward(list) {
		if m.Asks != nil {
			return m
		}
	}
	w.t.Fatalf("nobody asks %s about a file; the last messages:\n%s", as, w.shown(as, "bot", 4))
	return asked{}
}

// drive is what lies in somebody's OneDrive.
func (w *world) drive(as string) []driven {
	w.t.Helper()
	var list []driven
	if status := w.call("GET", "/sandbox/files?as="+as, nil, &list); status != http.StatusOK {
		w.t.Fatalf("files of %s: %d", as, status)
	}
	return list
}

type driven struct {
	Name, URL string
	Size      int
}

// download reads a file from somebody's OneDrive.
func (w *world) download(f driven) []byte {
	w.t.Helper()
	rec := httptest.NewRecorder()
	w.front.ServeHTTP(rec, httptest.NewRequestWithContext(w.t.Context(), http.MethodGet, "http://"+teamsHost+f.URL, nil))
	if rec.Code != http.StatusOK {
		w.t.Fatalf("download %s: %d", f.Name, rec.Code)
	}
	return rec.Body.Bytes()
}

// handed are the files that the evidence says were handed out.
func (w *world) handed(stream string) []flows.FileHanded {
	w.t.Helper()
	var out []flows.FileHanded
	recs, err := w.alive().svc.Store.Records(w.t.Context(), flows.CaseID(stream))
	if err != nil {
		w.t.Fatal(err)
	}
	for _, r := range recs {
		if h, ok := r.Entry.Body.(flows.FileHanded); ok {
			out = append(out, h)
		}
	}
	return out
}

// TestFileInChat: an owner asks for the evidence, allows the file, and has it; the log says what was handed to whom.
func TestFileInChat(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.announce()
		ref := w.theCase().Ref
		w.say("owner", "evidence "+ref)
		q := w.question("owner")
		if q.Asks.Name != "evidence-"+strings.ToLower(ref)+".zip" || !strings.Contains(q.Asks.Description, ref) || q.Asks.Size < 1000 {
			t.Errorf("asked %+v", q.Asks)
		}
		if len(w.drive("owner")) != 0 {
			t.Error("the file was there before it was allowed")
		}
		w.pressOn("owner", q.ID, "Allow", nil)
		files := w.drive("owner")
		if len(files) != 1 || files[0].Name != q.Asks.Name {
			t.Fatalf("the OneDrive holds %+v", files)
		}
		pack := w.download(files[0])
		if _, err := evidence.VerifyPack(bytes.NewReader(pack), int64(len(pack)), ""); err != nil {
			t.Errorf("the pack does not verify: %v", err)
		}
		sum := sha256.Sum256(pack)
		got := w.handed(ref)
		if len(got) != 1 || got[0].Hash != hex.EncodeToString(sum[:]) || got[0].Size != len(pack) || got[0].To.Name != "Olivia Grant" || !got[0].Sure || got[0].File != flows.FilePack || got[0].Arg != ref {
			t.Errorf("the log says %+v", got)
		}
		last := w.chat("owner", "bot")
		if m := last[len(last)-1]; m.From != "bot" || !w.shows(m.ID, files[0].Name) {
			t.Errorf("the last message is %+v", m)
		}
		for _, m := range last {
			if m.ID == q.ID && m.Text != "" {
				t.Errorf("the question still says %q", m.Text)
			}
		}
		w.noAddress()
		w.advance(time.Hour) // nothing is offered again
		if n := len(w.chat("owner", "bot")); n != len(last) {
			t.Errorf("%d messages came later:\n%s", n-len(last), w.shown("owner", "bot", 2))
		}
		if r := w.verify(); r.Signed != r.Entries || r.Cases != 1 {
			t.Errorf("verified %+v", r)
		}
	})
}

// noAddress checks that the address that lets anybody write is kept nowhere.
func (w *world) noAddress() {
	w.t.Helper()
	kept := ""
	for _, r := range w.disk.now() {
		kept += string(r.value)
	}
	if !strings.Contains(kept, "/sandbox/files/") && len(w.drive("owner")) > 0 && !strings.Contains(kept, "file.handed.1") {
		w.t.Error("the store does not even have the hand-over: this search finds nothing")
	}
	if strings.Contains(kept, "tempauth") || strings.Contains(w.log.String(), "tempauth") || strings.Contains(kept, "/sandbox/uploads/") || strings.Contains(w.log.String(), "/sandbox/uploads/") {
		w.t.Error("the address of an upload is in the store or the log")
	}
}

// kept counts the rows of the store that have these words.
func (w *world) kept(words string) int {
	n := 0
	for _, r := range w.disk.now() {
		if strings.Contains(string(r.value), words) {
			n++
		}
	}
	return n
}

// shows reports whether a message shows a file of this name.
func (w *world) shows(id, name string) bool {
	var list []struct {
		ID    string
		Files []struct{ Name string }
	}
	w.call("GET", "/sandbox/messages?as=owner&chat=bot", nil, &list)
	for _, m := range list {
		if m.ID == id && len(m.Files) == 1 && m.Files[0].Name == name {
			return true
		}
	}
	return false
}

// TestFileDeclined: a no is taken kindly, and nothing is sent.
func TestFileDeclined(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.announce()
		ref := w.theCase().Ref
		w.say("owner", "evidence "+ref)
		q := w.question("owner")
		w.pressOn("owner", q.ID, "Decline", nil)
		w.mustSee("owner", "bot", "the file was not sent. Ask me again whenever you want it.")
		if len(w.drive("owner")) != 0 || len(w.handed(ref)) != 0 {
			t.Error("something was sent all the same")
		}
		w.say("owner", "evidence "+ref)
		if again := w.question("owner"); again.ID == q.ID {
			t.Error("it does not ask again")
		}
	})
}

// TestFileWho: who may have a file is asked when they write, and again when they allow it. A file never goes to a channel.
func TestFileWho(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.announce()
		ref := w.theCase().Ref
		for _, who := range []string{"hr", "manager", "it", "approver"} {
			w.say(who, "evidence "+ref)
			w.mustSee(who, "bot", "Evidence is for owners.")
		}
		w.write("owner", "owners", "evidence "+ref)
		w.mustSee("owner", "owners", "Please ask me for this in our own chat")
		w.say("owner", "evidence J-2026-9999")
		w.mustSee("owner", "bot", "I do not know a case J-2026-9999.")

		w.say("owner", "evidence "+ref)
		q := w.question("owner")
		w.byAdmin("olivia.grant@larkfield.example", map[string]any{"accountEnabled": false})
		w.advance(2 * time.Minute)
		w.byAdmin("olivia.grant@larkfield.example", map[string]any{"accountEnabled": true})
		w.policy.Roles.Owner.People = []string{"oscar.lund@larkfield.example"}
		w.policy.Roles.Owner.Groups = nil
		w.advance(2 * time.Minute)
		w.pressOn("owner", q.ID, "Allow", nil)
		w.mustSee("owner", "bot", "Evidence is for owners.")
		if len(w.drive("owner")) != 0 || len(w.handed(ref)) != 0 {
			t.Error("somebody who is no owner any more has the file")
		}
	})
}

// TestFileFaults: what OneDrive does to an upload, and what becomes of the file.
func TestFileFaults(t *testing.T) {
	for name, tt := range map[string]struct {
		kind, match string
		count       int
		files       int
		says        string
		again       bool
	}{
		"throttled":             {kind: "throttle", match: "PUT /sandbox/uploads", count: 2, files: 1},
		"not there for a while": {kind: "unavailable", match: "PUT /sandbox/uploads", count: 3, files: 1},
		"hangs up":              {kind: "down", match: "/sandbox/uploads", count: 3, files: 1},
		"the answer is lost":    {kind: "lost_answer", match: "PUT /sandbox/uploads", count: 1, files: 1, says: "Teams did not say that it arrived"},
		"the time is over":      {kind: "expired", match: "PUT /sandbox/uploads", count: 1, says: "the time that Teams allows for it had ended", again: true},
		"never there":           {kind: "unavailable", match: "/sandbox/uploads", says: "OneDrive does not take it just now", again: true},
		"Teams loses the news":  {kind: "lost_answer", match: "(POST|DELETE) /v3/", count: 1, files: 1},
	} {
		t.Run(name, func(t *testing.T) {
			story(t, setting{}, func(t *testing.T, w *world) {
				w.announce()
				ref := w.theCase().Ref
				w.say("owner", "evidence "+ref)
				q := w.question("owner")
				w.fault("teams", tt.kind, tt.match, tt.count)
				w.pressOn("owner", q.ID, "Allow", nil)
				w.advance(2 * time.Minute)
				if tt.count > 0 && w.fired() != tt.count {
					t.Errorf("the fault fired %d times, want %d", w.fired(), tt.count)
				}
				w.mend()
				w.advance(30 * time.Minute)
				files, log := w.drive("owner"), w.handed(ref)
				if len(files) != tt.files || len(log) != tt.files {
					t.Fatalf("%d files, %d in the log, want %d", len(files), len(log), tt.files)
				}
				if tt.files > 0 {
					if sum := sha256.Sum256(w.download(files[0])); log[0].Hash != hex.EncodeToString(sum[:]) || log[0].Sure != (tt.says == "") {
						t.Errorf("the log says %+v", log[0])
					}
				}
				if tt.says != "" {
					w.mustSee("owner", "bot", tt.says)
				}
				if next := w.askedAgain("owner", q.ID); next != tt.again {
					t.Errorf("asked again: %v, want %v", next, tt.again)
				}
				if tt.again {
					w.pressOn("owner", w.question("owner").ID, "Allow", nil)
					if len(w.drive("owner")) != 1 {
						t.Error("the second try did not bring the file")
					}
				}
				w.noAddress()
			})
		})
	}
}

// askedAgain reports whether there is a question after that one.
func (w *world) askedAgain(as, id string) bool {
	var list []asked
	w.call("GET", "/sandbox/messages?as="+as+"&chat=bot", nil, &list)
	for _, m := range list {
		if m.Asks != nil && m.ID != id {
			return true
		}
	}
	return false
}

// TestSampleInChat: an owner asks for the events of a time with the evidence of a draw, and every pack in it verifies.
func TestSampleInChat(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.announce()
		ref := w.theCase().Ref
		w.say("hr", "export December 2026")
		w.mustSee("hr", "bot", "The list of all people events is for owners.")
		w.say("owner", "export")
		w.mustSee("owner", "bot", "Write \"export\" with a month")
		w.say("owner", "export 1 December 2026 to 31 December 2026 draw 25 seed 7")
		q := w.question("owner")
		if !strings.Contains(q.Asks.Description, "1 case, and the evidence of 1.") {
			t.Errorf("asked %+v", q.Asks)
		}
		w.pressOn("owner", q.ID, "Allow", nil)
		files := w.drive("owner")
		if len(files) != 1 || files[0].Name != "people-events-2026-12-01-2026-12-31.zip" {
			t.Fatalf("the OneDrive holds %+v", files)
		}
		b := w.download(files[0])
		z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Fatal(err)
		}
		f, err := z.Open("packs/" + strings.ToLower(ref) + ".zip")
		if err != nil {
			t.Fatal(err)
		}
		pack, err := io.ReadAll(f)
		if err != nil {
			t.Fatal(err)
		}
		if r, err := evidence.VerifyPack(bytes.NewReader(pack), int64(len(pack)), ""); err != nil || r.Stream != ref {
			t.Errorf("the pack: %+v, %v", r, err)
		}
		sum := sha256.Sum256(b)
		if n := w.kept(`"file":"sample","arg":"2026-12-01 to 2026-12-31 draw 25 seed 7","name":"` + files[0].Name + `","hash":"` + hex.EncodeToString(sum[:]) + `"`); n != 1 {
			t.Errorf("the log says %d times that it was handed out", n)
		}
	})
}

// TestPopulation: HR drops the list of everybody in the chat, sees who is in it and not in the directory and the other way round, opens the
// form of a leaver and of a starter from it, and takes all of it as a file.
func TestPopulation(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		var users []struct {
			DisplayName, EmployeeID, UserPrincipalName string
			AccountEnabled                             bool
			Deleted                                    any
		}
		w.call("GET", "/sandbox/directory/users", nil, &users)
		list := "Employee number,Name,E-mail,Start date,Leaving date,Job,Manager\n"
		for _, u := range users {
			switch u.DisplayName {
			case "Keira Dale": // HR does not have her
			case "Noel Fenn":
				list += u.EmployeeID + "," + u.DisplayName + ",,2020-01-06,2026-11-13,,\n"
			default:
				if u.AccountEnabled && !strings.Contains(u.UserPrincipalName, "#EXT#") && u.Deleted != true {
					list += u.EmployeeID + "," + u.DisplayName + "," + u.UserPrincipalName + ",2020-01-06,,,\n"
				}
			}
		}
		list += "L9001,Priya Patel,,2026-12-14,,Account Manager,Tom Hughes\n"

		w.send("it", "population", "people.csv", list)
		w.mustSee("it", "bot", "Only HR and owners can have a list of everybody compared")
		w.say("hr", "population")
		w.mustSee("hr", "bot", "Send me HR's list of everybody")
		w.send("hr", "population", "people.csv", list)
		m, ok := w.card("hr", "bot", "differences between HR's list and the directory", "Open the form")
		if !ok {
			t.Fatalf("no card:\n%s", w.shown("hr", "bot", 2))
		}
		text := written(m.Card)
		for _, want := range []string{"3 differences", "Noel Fenn", "Keira Dale", "Priya Patel"} {
			if !strings.Contains(text, want) && !strings.Contains(string(m.Card), want) {
				t.Errorf("the card does not say %q:\n%s", want, text)
			}
		}
		if n := w.kept(`"found":{"no_account":1,"not_listed":1,"still_open":1}`); n != 1 {
			t.Errorf("the log says %d times what was found", n)
		}

		w.pressOn("hr", m.ID, "Open the form", inputs{"row": "0"})
		form, ok := w.card("hr", "bot", "", "Check and continue")
		if !ok || !strings.Contains(string(form.Card), "Noel Fenn") || !strings.Contains(string(form.Card), "2026-11-13") {
			t.Errorf("the leaver's form:\n%s", w.shown("hr", "bot", 2))
		}
		w.pressOn("hr", m.ID, "Open the form", inputs{"row": "2"})
		form, ok = w.card("hr", "bot", "", "Check and continue")
		if !ok || !strings.Contains(string(form.Card), "Patel") || !strings.Contains(string(form.Card), "2026-12-14") || !strings.Contains(string(form.Card), "Tom Hughes") {
			t.Errorf("the starter's form:\n%s", w.shown("hr", "bot", 2))
		}
		if len(w.cases()) != 0 {
			t.Error("a form that nobody confirmed became a case")
		}

		w.pressOn("hr", m.ID, "All rows as a file", nil)
		w.pressOn("hr", w.question("hr").ID, "Allow", nil)
		if files := w.drive("hr"); len(files) != 1 || files[0].Name != "population-check-2026-11-23.xlsx" {
			t.Errorf("the OneDrive holds %+v", files)
		}
		w.advance(13 * 24 * time.Hour)
		if n := w.kept(`"opened":true`); n != 1 {
			t.Errorf("what was found is kept %d times after 13 days", n)
		}
		defer func() {
			w.advance(2 * 24 * time.Hour)
			if n := w.kept(`"opened":true`); n != 0 {
				t.Errorf("what was found is kept %d times after 15 days", n)
			}
			if a := w.pressed(map[string]any{"as": "hr", "message": m.ID, "button": "All rows as a file"}); !strings.Contains(a.says(), "This check is no longer known") {
				t.Errorf("a late press is answered %q", a.says())
			}
		}()
		a := w.pressed(map[string]any{"as": "hr2", "message": m.ID, "verb": flows.VerbPopulationOpen, "data": map[string]any{"verb": flows.VerbPopulationOpen, "draft": w.checkID(m), "row": "0"}})
		if !strings.Contains(a.says(), "belongs to Hannah Reed") {
			t.Errorf("somebody else is answered %q", a.says())
		}
	})
}

// checkID is the check that a card is about.
func (w *world) checkID(m message) string {
	_, after, _ := strings.Cut(string(m.Card), `"draft":"`)
	id, _, _ := strings.Cut(after, `"`)
	return id
}

// TestFileCrash: a process that dies while a file is on its way loses the place, which is kept nowhere; the next one asks again, once, and
// nothing is there twice.
func TestFileCrash(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.announce()
		ref := w.theCase().Ref
		w.say("owner", "evidence "+ref)
		q := w.question("owner")
		w.fault("teams", "timeout", "PUT /sandbox/uploads", 0)
		if a := w.pressed(map[string]any{"as": "owner", "message": q.ID, "button": "Allow"}); a.Status != http.StatusOK {
			t.Fatalf("Teams is answered %d while the file is on its way", a.Status)
		}
		w.alive().die()
		w.mend()
		w.advance(5 * time.Minute)
		if w.askedAgain("owner", q.ID) {
			t.Error("it asks again before the upload could have ended")
		}
		w.advance(10 * time.Minute)
		w.mustSee("owner", "bot", "The file was not sent: I was interrupted.")
		if !w.askedAgain("owner", q.ID) {
			t.Fatalf("it does not ask again:\n%s", w.shown("owner", "bot", 4))
		}
		w.pressOn("owner", w.question("owner").ID, "Allow", nil)
		w.advance(time.Hour)
		if files, log := w.drive("owner"), w.handed(ref); len(files) != 1 || len(log) != 1 {
			t.Errorf("%d files, %d in the log", len(files), len(log))
		}
		w.noAddress()
	})
}
