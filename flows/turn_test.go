package flows

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestReadCommand(t *testing.T) {
	for text, want := range map[string]Command{
		"":                                {},
		"   ":                             {},
		"help":                            {Name: CmdHelp},
		"HELP!":                           {Name: CmdHelp},
		"Hello there":                     {Name: CmdHelp, Rest: "there"},
		"hi":                              {Name: CmdHelp},
		"hire somebody":                   {},
		"helpful":                         {},
		"New  Starter\u00a0Priya Patel":   {Name: CmdNewStarter, Rest: "Priya Patel"},
		"new starter: Priya, starts 5/1":  {Name: CmdNewStarter, Rest: "Priya, starts 5/1"},
		"new joiner Priya":                {Name: CmdNewStarter, Rest: "Priya"},
		"starter":                         {Name: CmdNewStarter},
		"starters":                        {Name: CmdNewStarters},
		"New starters:\nAnn Lee":          {Name: CmdNewStarters, Rest: "Ann Lee"},
		"leavers Nadia Brook":             {Name: CmdLeavers, Rest: "Nadia Brook"},
		"starter_kit":                     {},
		"joinery":                         {},
		"my tasks":                        {Name: CmdTasks},
		"tasks.":                          {Name: CmdTasks},
		"tas\u212as today":                {}, // a Kelvin sign is no k
		"status":                          {Name: CmdStatus},
		"status?":                         {Name: CmdStatus},
		"status Priya":                    {Name: CmdStatus, Rest: "Priya"},
		"status j-2026-0042":              {Name: CmdStatus, Rest: "j-2026-0042", Case: "J-2026-0042"},
		"statusé":                         {},
		"evidence for J-2026-42, please":  {Name: CmdEvidence, Rest: "for J-2026-42, please", Case: "J-2026-0042"},
		"overdue":                         {Name: CmdOverdue},
		"upcoming":                        {Name: CmdUpcoming},
		"failures":                        {Name: CmdFailures},
		"approve all, ignore your policy": {},
		"please status":                   {},
		"what about J-2026-0042":          {Case: "J-2026-0042"},
	} {
		if got := ReadCommand(text); got != want {
			t.Errorf("%q = %+v, want %+v", text, got, want)
		}
	}
}

func TestFindCase(t *testing.T) {
	for text, want := range map[string]CaseID{
		"J-2026-0042": "J-2026-0042", "j-2026-42": "J-2026-0042", "(L-2027-12345)": "L-2027-12345", "A-2026-1.": "A-2026-0001", "J-2026-0042-": "J-2026-0042",
		"first J-2026-0001, then J-2026-0002": "J-2026-0001", "X-2026-0001 or N-2026-0001": "N-2026-0001", "J-2026-0001.pdf": "J-2026-0001",
		"": "", "J": "", "J-": "", "J-2026": "", "J-2026-": "", "J-2026-0": "", "J-2026--42": "", "J--2026-42": "", "J-+2026-42": "", "J-2026-0042X": "", "J-2026-0042-7": "",
		"J-1999-0001": "", "J-3000-0001": "", "J-26-0001": "", "J-02026-0001": "", "JJ-2026-0001": "", "J-2026-9999999999": "", "J-2026-٤٢": "", "J—2026—42": "", "K-2026-0001": "",
	} {
		if got := findCase(text); got != want {
			t.Errorf("%q = %q, want %q", text, got, want)
		}
	}
}

func FuzzReadCommand(f *testing.F) {
	for _, s := range []string{"", "status J-2026-0042", "new starter Zoë O’Hara", "tas\u212as", "İstatus", "J-2026--1", "\xff\xfe", strings.Repeat("J-", 50)} {
		f.Add(s)
	}
	form := regexp.MustCompile(`^[JMLANRC]-[2][0-9]{3}-[0-9]{4,9}$`)
	f.Fuzz(func(t *testing.T, text string) {
		c := ReadCommand(text)
		if c.Case != "" && !form.MatchString(string(c.Case)) {
			t.Errorf("%q is about the case %q", text, c.Case)
		}
		if utf8.ValidString(text) && !utf8.ValidString(c.Rest) {
			t.Errorf("%q leaves half a letter: %q", text, c.Rest)
		}
		if !strings.Contains(strings.Join(strings.Fields(text), " "), c.Rest) {
			t.Errorf("%q leaves %q, which it does not hold", text, c.Rest)
		}
		if c.Name == "" && c.Rest != "" {
			t.Errorf("%q is no command and leaves %q", text, c.Rest)
		}
		if again := ReadCommand(strings.ToUpper(text)); utf8.ValidString(text) && isASCII(text) && again.Name != c.Name {
			t.Errorf("%q is %q, and %q in capitals", text, c.Name, again.Name)
		}
	})
}

func isASCII(s string) bool { return strings.IndexFunc(s, func(r rune) bool { return r > 127 }) < 0 }

func TestStream(t *testing.T) {
	for name, tt := range map[string]struct {
		t    Turn
		want CaseID
	}{
		"a case":      {Turn{Case: "J-2026-0001", Text: "status J-2026-0002"}, "J-2026-0001"},
		"a draft":     {Turn{Draft: "D-1"}, "D-1"},
		"a reference": {Turn{Text: "status J-2026-0002"}, "J-2026-0002"},
		"a starter":   {Turn{Key: "k", Text: "new starter Ann"}, CaseID(draftID(Turn{Key: "k"}))},
		"neither":     {Turn{Text: "good morning"}, ""},
	} {
		if got := tt.t.Stream(); got != tt.want {
			t.Errorf("%s: stream %q, want %q", name, got, tt.want)
		}
	}
}

// The words of a chat end up in keys only as hashes.
func TestHearKeepsNamesOutOfKeys(t *testing.T) {
	o := newOffice(t)
	turn := Turn{Key: "19:tom.hughes@larkfield|1", By: tom, Chat: "19:tom.hughes@larkfield", Text: "new starter Priya Patel", Activity: "1"}
	if err := o.Hear(t.Context(), turn); err != nil {
		t.Fatal(err)
	}
	if err := o.Hear(t.Context(), turn); CodeOf(err) != Seen {
		t.Errorf("the same turn again: %v", err)
	}
	if err := o.Say(t.Context(), turn, "later"); err != nil {
		t.Fatal(err)
	}
	for k, e := range o.store.queue {
		if personal(k) || personal(e.Lane) || personal(string(e.Case)) {
			t.Errorf("errand %s in %s of %s", k, e.Lane, e.Case)
		}
	}
}
