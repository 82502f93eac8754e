package bot

import (
	"strings"
	"testing"

	"muster/bot/teams"
	"muster/flows"
)

// TestFileNotRead is every file that is answered with a sentence and nothing else.
func TestFileNotRead(t *testing.T) {
	file := func(name string) flows.SentFile {
		return flows.SentFile{Name: name, URL: "https://larkfield-my.sharepoint.com/" + name}
	}
	for name, tt := range map[string]struct {
		by      flows.Person
		text    string
		files   []flows.SentFile
		channel bool
		fail    error
		code    flows.Code
		want    string
		fetched int
	}{
		"not HR":          {by: stan, files: []flows.SentFile{file("a.csv")}, code: flows.Denied, want: "Only HR can send me lists of people"},
		"in a channel":    {by: hannah, files: []flows.SentFile{file("a.csv")}, channel: true, code: flows.Invalid, want: "in our own chat"},
		"an urgent list":  {by: hannah, text: "urgent leaver", files: []flows.SentFile{file("a.csv")}, code: flows.Invalid, want: "one at a time"},
		"two files":       {by: hannah, files: []flows.SentFile{file("a.csv"), file("b.csv")}, code: flows.Invalid, want: "one file at a time"},
		"a picture":       {by: hannah, files: []flows.SentFile{{Name: "x.png", Type: "image/png"}}, code: flows.Invalid, want: "xlsx and csv files only"},
		"another format":  {by: hannah, files: []flows.SentFile{file("a.pdf")}, code: flows.Invalid, want: "xlsx and csv files only", fetched: 1},
		"gone":            {by: hannah, files: []flows.SentFile{file("a.csv")}, fail: &teams.Error{Op: "fetch file", Status: 404, NotFound: true}, code: flows.Invalid, want: "Please send it again", fetched: 1},
		"too large":       {by: hannah, files: []flows.SentFile{file("a.csv")}, fail: &teams.Error{Op: "fetch file", TooBig: true}, code: flows.Invalid, want: "larger than 2 MB", fetched: 1},
		"foreign":         {by: hannah, files: []flows.SentFile{file("a.csv")}, fail: teams.RefusedHost, code: flows.Invalid, want: "does not lie where Teams keeps files", fetched: 1},
		"throttled":       {by: hannah, files: []flows.SentFile{file("a.csv")}, fail: &teams.Error{Op: "fetch file", Status: 429, Temporary: true}, code: flows.Unavailable, want: "just now", fetched: 1},
		"nothing on it":   {by: hannah, files: []flows.SentFile{file("a.csv")}, code: flows.Invalid, want: "I do not find the headings", fetched: 1},
		"starters wanted": {by: hannah, text: "new starters", files: []flows.SentFile{file("leavers.csv")}, code: flows.Invalid, want: "this is a list of leavers", fetched: 1},
	} {
		d := newDesk(t)
		d.teams.files = map[string][]byte{"https://larkfield-my.sharepoint.com/leavers.csv": []byte("Name,Last day\nNadia Brook,2026-11-30\n")}
		if tt.fail != nil {
			d.teams.fail["fetch"] = []error{tt.fail}
		}
		_, err := d.reply(t.Context(), flows.Turn{Key: name, By: tt.by, Chat: "a", Personal: !tt.channel, Text: tt.text, Files: tt.files})
		if flows.CodeOf(err) != tt.code || !strings.Contains(flows.SayOf(err), tt.want) {
			t.Errorf("%s: %q (%v)", name, flows.SayOf(err), err)
		}
		if n := d.teams.did("fetch"); n != tt.fetched {
			t.Errorf("%s: fetched %d times", name, n)
		}
		if strings.Contains(flows.SayOf(err), "sharepoint.com/") {
			t.Errorf("%s: the address is said: %q", name, flows.SayOf(err))
		}
	}
}

// TestListAnsweredTwice: an answer that is given again, because the process died, is about the same list and fetches nothing.
func TestListAnsweredTwice(t *testing.T) {
	d := newDesk(t)
	d.teams.files = map[string][]byte{"u": []byte("Name,Last day\nNadia Brook,2026-11-30\nCallum Frost,2026-11-30\n")}
	turn := flows.Turn{Key: "k", By: hannah, Chat: "a", Personal: true, Files: []flows.SentFile{{Name: "leavers.csv", URL: "u"}}}
	first, err := d.reply(t.Context(), turn)
	d.must(err)
	again, err := d.reply(t.Context(), turn)
	d.must(err)
	if first.Bulk == nil || again.Bulk == nil || first.Bulk.ID != again.Bulk.ID || len(again.Bulk.Rows) != 2 || d.teams.did("fetch") != 1 {
		t.Errorf("first %+v, again %+v, fetched %d times", first.Bulk, again.Bulk, d.teams.did("fetch"))
	}
}
