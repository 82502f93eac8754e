package manifest

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/flows"
)

// larkfield is an app as an administrator would ask for it.
func larkfield() App {
	return App{
		BotID: "00000000-0000-0000-0000-0000000000b0",
		Developer: Developer{
			Name: "Larkfield Instruments", Website: "https://larkfield.example/muster",
			Privacy: "https://larkfield.example/privacy", Terms: "https://larkfield.example/terms",
		},
	}
}

// build gives the files of the package, and their names in order.
func build(t *testing.T, app App) (files map[string][]byte, names []string) {
	t.Helper()
	var b bytes.Buffer
	if err := Build(&b, app); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	files = map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if files[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
		names = append(names, f.Name)
	}
	return files, names
}

// read is the package's manifest; a key that the document does not know is an error.
func read(t *testing.T, app App) document {
	t.Helper()
	files, _ := build(t, app)
	dec := json.NewDecoder(bytes.NewReader(files["manifest.json"]))
	dec.DisallowUnknownFields()
	var d document
	if err := dec.Decode(&d); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestPackage(t *testing.T) {
	files, names := build(t, larkfield())
	if diff := cmp.Diff([]string{"manifest.json", "color.png", "outline.png"}, names); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	d := read(t, larkfield())
	for _, icon := range []string{d.Icons.Color, d.Icons.Outline} {
		if len(files[icon]) == 0 {
			t.Errorf("the manifest names %s, which is not in the package", icon)
		}
	}
}

func TestSameBytes(t *testing.T) {
	var first, second, other bytes.Buffer
	changed := larkfield()
	changed.Version = "1.0.1"
	for w, app := range map[*bytes.Buffer]App{&first: larkfield(), &second: larkfield(), &other: changed} {
		if err := Build(w, app); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("the same app gave two packages")
	}
	if bytes.Equal(first.Bytes(), other.Bytes()) {
		t.Error("another version gave the same package")
	}
}

func TestLeftOut(t *testing.T) {
	d := read(t, larkfield())
	if d.ManifestVersion != Format || d.ID != "00000000-0000-0000-0000-0000000000b0" || d.Version != Version || d.Name.Short != "Muster" {
		t.Errorf("id %s, version %s, name %s", d.ID, d.Version, d.Name.Short)
	}
	files, _ := build(t, larkfield())
	if !bytes.Contains(files["manifest.json"], []byte(`"validDomains": []`)) {
		t.Error("no domains are not an empty list")
	}
}

func TestTaken(t *testing.T) {
	app := larkfield()
	app.Format, app.ID, app.Version, app.Name = OldFormat, "00000000-0000-0000-0000-0000000000d0", "2.10.3", "Rollcall & Söhne"
	app.ValidDomains = []string{"larkfield.example", "pages.larkfield.example"}
	d := read(t, app)
	got := App{
		Format: d.ManifestVersion, ID: d.ID, BotID: d.Bots[0].BotID, Version: d.Version, Name: d.Name.Short, Developer: Developer(d.Developer), ValidDomains: d.ValidDomains,
	}
	if diff := cmp.Diff(app, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	files, _ := build(t, app)
	if !bytes.Contains(files["manifest.json"], []byte("Rollcall & Söhne")) {
		t.Error("the name is not as people read it")
	}
}

// Who answers must be able to be answered, and nothing is asked for that is not used.
func TestBot(t *testing.T) {
	files, _ := build(t, larkfield())
	var m map[string]any
	if err := json.Unmarshal(files["manifest.json"], &m); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"webApplicationInfo", "authorization", "configurableTabs", "staticTabs"} {
		if _, there := m[key]; there {
			t.Errorf("the app asks for %s", key)
		}
	}
	bots := m["bots"].([]any)
	if len(bots) != 1 {
		t.Fatalf("%d bots", len(bots))
	}
	b := bots[0].(map[string]any)
	if diff := cmp.Diff([]any{"personal", "team", "groupChat"}, b["scopes"]); diff != "" {
		t.Errorf("scopes (-want +got):\n%s", diff)
	}
	if b["supportsFiles"] != true || b["isNotificationOnly"] != false {
		t.Errorf("supportsFiles is %v, isNotificationOnly %v", b["supportsFiles"], b["isNotificationOnly"])
	}
}

func TestCommands(t *testing.T) {
	others := []string{flows.CmdTasks, flows.CmdStatus, flows.CmdOverdue, flows.CmdUpcoming, flows.CmdFailures, flows.CmdHelp}
	want := map[string][]string{
		"personal": {
			flows.CmdNewStarter, flows.CmdMover, flows.CmdLeaver, flows.CmdUrgentLeaver, flows.CmdTasks, flows.CmdStatus, flows.CmdDrift, flows.CmdEvidence,
			flows.CmdReview, flows.CmdHelp,
		},
		"team":      others, // events are refused where others listen
		"groupChat": others,
	}
	got := map[string][]string{}
	for _, list := range read(t, larkfield()).Bots[0].CommandLists {
		if len(list.Scopes) != 1 {
			t.Errorf("one list for %v", list.Scopes)
		}
		if len(list.Commands) > 10 {
			t.Errorf("%s has %d commands; some portals take ten", list.Scopes, len(list.Commands))
		}
		for _, c := range list.Commands {
			got[list.Scopes[0]] = append(got[list.Scopes[0]], c.Title)
			if read := flows.ReadCommand(c.Title); read.Name != c.Title {
				t.Errorf("the bot reads %q as %q", c.Title, read.Name)
			}
			if len(c.Title) > 32 || c.Description == "" || len(c.Description) > 128 {
				t.Errorf("%s: title of %d, description of %d", c.Title, len(c.Title), len(c.Description))
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDescription(t *testing.T) {
	d := read(t, larkfield()).Description
	if d.Short == "" || width(d.Short) > 80 {
		t.Errorf("short has %d characters", width(d.Short))
	}
	if d.Full == "" || width(d.Full) > 4000 {
		t.Errorf("full has %d characters", width(d.Full))
	}
	for _, s := range []string{"my tasks", "help"} {
		if !strings.Contains(d.Full, s) {
			t.Errorf("the description does not tell of %q", s)
		}
	}
}

// full is a disk with no room after n bytes.
type full struct{ n int }

func (f *full) Write(p []byte) (int, error) {
	if len(p) > f.n {
		n := f.n
		f.n = 0
		return n, errFull
	}
	f.n -= len(p)
	return len(p), nil
}

var errFull = errors.New("no room")

func TestNoRoom(t *testing.T) {
	var whole bytes.Buffer
	if err := Build(&whole, larkfield()); err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{0, 100, whole.Len() / 2, whole.Len() - 1} {
		if err := Build(&full{n}, larkfield()); !errors.Is(err, errFull) {
			t.Errorf("with room for %d of %d bytes: %v", n, whole.Len(), err)
		}
	}
	if err := Build(&full{whole.Len()}, larkfield()); err != nil {
		t.Error(err)
	}
}
