package report

import (
	"bytes"
	"image/png"
	"os"
	"strings"
	"testing"
	"time"

	"muster/cards/paper"
	"muster/flows"
)

func sandboxMap(t *testing.T) flows.ProcessMap {
	t.Helper()
	text, err := os.ReadFile("../../bot/sandbox/policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p, err := flows.ParsePolicy("policy.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	m := flows.MapProcess(p, []flows.Case{}, func(s string) string { return s }, time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC))
	m.Flows[0].Steps[1].Now, m.Flows[0].Open = 12, 12
	return m
}

// TestProcessDrawing: every box stands within the picture, none on another, and each in its lane and column.
func TestProcessDrawing(t *testing.T) {
	m := sandboxMap(t)
	for _, f := range m.Flows {
		d := ProcessDrawing(m, f)
		var boxes []paper.Box
		for _, s := range d.Shapes {
			if b, ok := s.(paper.Box); ok && b.W == boxWide {
				boxes = append(boxes, b)
			}
		}
		if len(boxes) != len(f.Steps) {
			t.Errorf("%s: %d boxes for %d steps", f.Name, len(boxes), len(f.Steps))
		}
		for i, b := range boxes {
			if b.X < 0 || b.Y < 0 || b.X+b.W > d.W || b.Y+b.H > d.H {
				t.Errorf("%s: a box stands outside: %+v", f.Name, b)
			}
			for _, o := range boxes[:i] {
				if b.X < o.X+o.W && o.X < b.X+b.W && b.Y < o.Y+o.H && o.Y < b.Y+b.H {
					t.Errorf("%s: a box stands on another: %+v, %+v", f.Name, b, o)
				}
			}
		}
	}
}

func TestProcessFile(t *testing.T) {
	m := sandboxMap(t)
	for name, tt := range map[string]struct{ flow, as, begins string }{
		"all": {"", "pdf", "%PDF-"}, "page": {"", "html", "<!DOCTYPE html>"}, "one": {"mover", "pdf", "%PDF-"}, "picture": {"joiner", "png", "\x89PNG"}, "drawing": {"urgent_leaver", "svg", "<?xml"},
	} {
		b, err := ProcessFile(m, tt.flow, tt.as)
		if err != nil || !bytes.HasPrefix(b, []byte(tt.begins)) {
			t.Errorf("%s begins %q (%v)", name, b[:min(len(b), 8)], err)
		}
		again, err := ProcessFile(m, tt.flow, tt.as)
		if err != nil || !bytes.Equal(b, again) {
			t.Errorf("%s: other bytes the second time (%v)", name, err)
		}
	}
	for name, tt := range map[string][2]string{"a picture of all": {"", "png"}, "no such workflow": {"holiday", "pdf"}, "no such format": {"joiner", "docx"}} {
		if _, err := ProcessFile(m, tt[0], tt[1]); err == nil {
			t.Errorf("%s was drawn", name)
		}
	}
	b, err := ProcessFile(m, "joiner", "png")
	if err != nil {
		t.Fatal(err)
	}
	if img, err := png.Decode(bytes.NewReader(b)); err != nil || img.Bounds().Dx() < 1000 || len(b) > 1<<20 {
		t.Errorf("%d bytes (%v)", len(b), err)
	}
}

// TestProcessWords: the picture is said in words as well, with the counts.
func TestProcessWords(t *testing.T) {
	b, err := ProcessDocument(sandboxMap(t)).HTML()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"How people join, move and leave at Larkfield Instruments", "12 cases are open.", "No cases are open.", "12 here", "Sign off what is elevated", "Somebody who leaves at once", "5 working days before the first day, 09:00"} {
		if !strings.Contains(string(b), want) {
			t.Errorf("%q is not in it", want)
		}
	}
}
