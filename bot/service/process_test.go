package service_test

import (
	"bytes"
	"strings"
	"testing"
)

// TestProcess: an owner asks for the process and gets it as a PDF, one workflow as a picture, with the open cases counted and nobody named
// whom they are about. A manager is told that it is not for them.
func TestProcess(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.announce()
		w.say("owner", "process")
		q := w.question("owner")
		if q.Asks.Name != "process.pdf" || !strings.Contains(q.Asks.Description, "how many cases are where") {
			t.Errorf("asked %+v", q.Asks)
		}
		w.pressOn("owner", q.ID, "Allow", nil)
		w.say("hr", "process joiner svg")
		w.pressOn("hr", w.question("hr").ID, "Allow", nil)
		w.say("it", "process urgent leaver")
		w.pressOn("it", w.question("it").ID, "Allow", nil)
		for as, want := range map[string][2]string{"owner": {"process.pdf", "%PDF-"}, "hr": {"process-joiner.svg", "<?xml"}, "it": {"process-urgent-leaver.png", "\x89PNG"}} {
			files := w.drive(as)
			if len(files) != 1 || files[0].Name != want[0] || !bytes.HasPrefix(w.download(files[0]), []byte(want[1])) {
				t.Errorf("%s has %+v", as, files)
			}
		}
		picture := string(w.download(w.drive("hr")[0]))
		if !strings.Contains(picture, "1 here") || !strings.Contains(picture, "Aisha Khan") {
			t.Error("the picture lacks the open case or the approver")
		}
		if strings.Contains(picture, "Priya") || strings.Contains(picture, w.theCase().Ref) {
			t.Error("the picture names a case")
		}
		w.say("manager", "process")
		w.mustSee("manager", "bot", "The process map is for owners, HR and IT.")
		w.say("owner", "process holidays")
		w.mustSee("owner", "bot", "I know no workflow of that name.")
		w.verify()
	})
}
