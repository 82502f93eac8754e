package paper

import (
	"strings"
	"time"
)

// nasty are texts that try to be more than text.
var nasty = []string{
	"<script>alert(1)</script>",
	"\"><img src=x onerror=alert(1)>",
	"=cmd|' /C calc'!A0",
	"+44 20 7946 0000",
	"-1+1",
	"@SUM(1;2)",
	"\t=1+1",
	"safe\u202Egpj.exe\u2066\u2069",
	"a\u200bb\ufeffc\x00d\x1be",
	"{nb} ${x} %s \\( \\) )Tj ET",
	"</style></svg>]]>&amp;&#60;",
	"张伟 and שָׁלוֹם and مريم and 👩‍👩‍👧 and Zoë Łukasz Ελένη Дмитрий",
	"broken \xff\xfe bytes",
	strings.Repeat("Donaudampfschifffahrtsgesellschaftskapitän", 12),
	"one\ntwo\r\nthree",
}

func exampleDrawing() Drawing {
	return Drawing{W: 420, H: 120, Shapes: []Shape{
		Box{X: 10, Y: 20, W: 120, H: 60, Radius: 6, Fill: AccentSoft, Edge: Accent},
		Text{X: 70, Y: 55, Text: "HR confirms", Bold: true, Tone: Accent, Anchor: Middle},
		Arrow{Points: []Point{{130, 50}, {190, 50}, {190, 80}, {250, 80}}, Tone: Muted, Width: 1.5},
		Box{X: 250, Y: 50, W: 150, H: 60, Radius: 6, Fill: WarnSoft, Edge: Warn, Dashed: true},
		Text{X: 262, Y: 75, Text: "Manager <approves> & signs", Size: 10, Tone: Warn},
		Line{From: Point{10, 112}, To: Point{410, 112}, Tone: Rule, Dashed: true},
		Text{X: 410, Y: 100, Text: "2 days", Size: 9, Tone: Muted, Anchor: End},
	}}
}

// exampleDocument has every part, and is as long as a real report.
func exampleDocument() Document {
	d := Document{
		Title: "Priya Patel: joiner J-2026-0042", Sub: "Account Manager in London, first day Tue 5 January 2027",
		Made: "Made by Muster for Nora Quill on Mon 11 January 2027, 10:15 (London), from entries 118 to 240 of the log.",
		At:   time.Date(2027, 1, 11, 10, 15, 0, 0, time.UTC), Foot: "Larkfield Instruments · J-2026-0042 · confidential",
	}
	d.Parts = []Part{
		Note{Good, "Everything that was planned was done and seen. The account was ready 14 hours before the first day."},
		Note{Warn, "One exception is open: Payroll export until Wed 31 March 2027."},
		Note{Bad, "The laptop was handed over two days late."},
		Heading{1, "What happened"},
		Para{"Hannah Reid of HR asked for a new starter on Mon 23 November 2026. Tom Hughes confirmed what she needs the same day, and Nora Quill signed off the elevated access. The account was made on Tue 22 December."},
		Facts{[]Fact{
			{"Asked by", "Hannah Reid, Mon 23 Nov 2026, 09:31 (London)"},
			{"Manager", "Tom Hughes"},
			{"Empty", ""},
			{"Approver", "Nora Quill, for Payroll export"},
			{"A long name of a fact that breaks", "A long value that goes on for more than one line, because the reason that people gave for an exception is often a whole story, and all of it belongs in the record."},
		}},
		Heading{2, "Each step"},
		Table{Head: []string{"Step", "When (London)", "By", "Before", "After"}},
		Heading{3, "Smallest heading"},
		Figure{Drawing: exampleDrawing(), Caption: "Who acts", Alt: "HR confirms, then the manager approves and signs within two days."},
		Heading{1, "The conversation"},
		Talk{[]Said{
			{At: "Mon 23 Nov 2026, 09:30 (London)", Who: "Hannah Reid", Text: "new starter Priya Patel, Account Manager, starts 5 January, reports to Tom"},
			{At: "09:30", Who: "Muster", Text: "Priya Patel starts on Tue 5 January 2027 as Account Manager.\nCheck what I understood, then continue.", Bot: true},
			{At: "09:31", Who: "Hannah Reid", Text: "Pressed “Confirm”."},
			{At: "09:31", Who: "Muster", Text: strings.Repeat("I have asked Tom Hughes to confirm what she needs. ", 6), Bot: true},
		}},
		Break{},
		Heading{1, "Charts"},
		Figure{Bars([]Series{{"On time", Good}, {"Late", Bad}}, []Bar{{"Joiners", []float64{18, 3}}, {"Movers", []float64{7, 0}}, {"Leavers, planned", []float64{11, 1}}, {"Leavers, urgent", []float64{2}}}), "Cases by event", ""},
		Figure{Histogram([]Bin{{"under 1 h", 12, None}, {"1 to 4 h", 19, None}, {"4 to 8 h", 6, None}, {"1 day", 3, Warn}, {"2 days", 1, Bad}, {"more", 2, Bad}}, []Mark{{"median 2 h", 1.4}, {"95 of 100 under 2 days", 5}}), "How long approvals took", ""},
		Figure{Curves([]string{"Jun", "Jul", "Aug", "Sep", "Oct", "Nov"}, []Curve{{Series{"Joiners", Accent}, []float64{12, 9, 14, 22, 17, 21}}, {Series{"Leavers", Warn}, []float64{4, 6, 5, 3, 9, 14}}}), "Cases by month", ""},
	}
	t := d.Parts[7].(Table)
	for i := range 60 {
		t.Rows = append(t.Rows, []string{
			[]string{"Create the account", "Add to Sales", "Give the licence Microsoft 365 E3"}[i%3], "Tue 22 Dec 2026, 08:00", "Muster",
			[]string{"no such account", "not a member", "none of 3 seats"}[i%3], []string{"priya.patel@larkfield.example, disabled", "member, seen 08:00:04", "assigned, seen 08:01:10"}[i%3],
		})
	}
	d.Parts[7] = t
	return d
}

// nastyDocument puts every nasty text in every place.
func nastyDocument(texts []string) Document {
	all := strings.Join(texts, " ")
	d := Document{Title: all, Sub: all, Made: all, Foot: all}
	for _, s := range texts {
		d.Parts = append(d.Parts, Heading{2, s}, Para{s}, Facts{[]Fact{{s, s}}}, Table{Head: []string{s, "b"}, Rows: [][]string{{s, s, s}, {s}}},
			Note{Warn, s}, Talk{[]Said{{s, s, s, true}, {s, s, s, false}}},
			Figure{Drawing{W: 100, H: 20, Shapes: []Shape{Text{Text: s, Y: 10}}}, s, s})
	}
	return d
}
