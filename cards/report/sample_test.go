package report

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"muster/flows"
)

func sampleOf() flows.Sample {
	at := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
	return flows.Sample{
		SampleQuery: flows.SampleQuery{From: "2026-11-01", To: "2026-11-30", Draw: 25, Seed: "7"}, At: at,
		Rows: []flows.SampleRow{
			{Case: "J-2026-0001", Kind: flows.JoinerEvent, Day: "2026-11-02", Name: "=HYPERLINK(\"x\")", State: flows.Done, Raised: at, Due: at, Done: at.Add(3 * time.Hour), Late: true, LateBy: 10800, LateWhy: "Late: so.", Unusual: []flows.ReviewRule{flows.LateRule, flows.SelfRule}, Drawn: 1},
			{Case: "L-2026-0001", Kind: flows.LeaverEvent, Raised: at, Erased: true, Drawn: 1},
		},
		Totals: []flows.SampleTotal{{Kind: flows.JoinerEvent, N: 1, Done: 1, Late: 1, Drawn: 1}, {Kind: flows.LeaverEvent, N: 1, Erased: 1, Drawn: 1}},
		Packs:  []flows.CaseID{"J-2026-0001", "L-2026-0001"},
	}
}

func TestSample(t *testing.T) {
	var out bytes.Buffer
	if err := Sample(&out, sampleOf(), func(w io.Writer, id flows.CaseID) error {
		_, err := io.WriteString(w, "pack of "+string(id))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		t.Fatal(err)
	}
	read := func(name string) []byte {
		f, err := z.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(f)
		if err = errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
		return b
	}
	if got := string(read("packs/j-2026-0001.zip")); got != "pack of J-2026-0001" {
		t.Errorf("the pack is %q", got)
	}
	readme := string(read("README.txt"))
	for _, want := range []string{"Sun 1 November 2026 to Mon 30 November 2026", "the evidence of 2 cases", "the seed \"7\"", "SHA-256, in hex, of the line \"muster draw 1\"", "muster verify"} {
		if !strings.Contains(readme, want) {
			t.Errorf("the README does not say %q:\n%s", want, readme)
		}
	}
	lines := strings.Split(strings.TrimSpace(string(read("population.jsonl"))), "\n")
	var row flows.SampleRow
	if err := json.Unmarshal([]byte(lines[0]), &row); err != nil || len(lines) != 2 || row.LateBy != 10800 || row.Drawn != 1 {
		t.Errorf("%d lines, the first %+v, %v", len(lines), row, err)
	}
	if strings.Contains(lines[1], "name") {
		t.Errorf("the erased one has %s", lines[1])
	}
	book, err := excelize.OpenReader(bytes.NewReader(read("population.xlsx")))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := book.GetRows("People events")
	if err = errors.Join(err, book.Close()); err != nil {
		t.Fatal(err)
	}
	if len(rows) != 3 || rows[1][0] != "J-2026-0001" || rows[1][3] != "=HYPERLINK(\"x\")" || rows[1][16] != "yes" || rows[1][17] != "3" || rows[1][28] != "a step was late; raised or decided by one of those concerned" {
		t.Errorf("%q", rows)
	}
	if sheets := book.GetSheetList(); len(sheets) != 3 {
		t.Errorf("sheets %q", sheets)
	}
	broken := errors.New("no pack")
	if err := Sample(io.Discard, sampleOf(), func(io.Writer, flows.CaseID) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("a pack that cannot be written: %v", err)
	}
}

// Everything that a sheet shows has words.
func TestSampleWords(t *testing.T) {
	for _, k := range []flows.EventKind{flows.JoinerEvent, flows.MoverEvent, flows.LeaverEvent, flows.LeaveEvent, flows.RenameEvent, flows.CorrectionEvent, flows.DeletionEvent} {
		if events[k] == "" {
			t.Errorf("no word for %s", k)
		}
	}
	for _, s := range []flows.State{flows.Waiting, flows.Scheduled, flows.Running, flows.NeedsPeople, flows.Done, flows.Stopped} {
		if states[s] == "" {
			t.Errorf("no word for %s", s)
		}
	}
}
