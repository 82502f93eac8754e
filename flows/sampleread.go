package flows

import (
	"context"
	"fmt"
	"strings"
	"time"

	"muster/flows/texts"
)

// FileSample is the sample for an audit; its argument is the query.
const FileSample FileKind = "sample"

// CmdExport asks for it.
const CmdExport = "export"

// What a draw takes of each group, when nothing else is said, and at most.
const (
	usualDraw = 25
	mostDrawn = 500
)

const sampleHelp = "Write \"export\" with a month, such as \"export November\", or with two dates, such as \"export 1 January 2026 to 31 March 2026\". Add \"draw 25\" for the evidence of 25 starters and movers and 25 leavers, \"seed 7\" to choose them in another order, or \"with all packs\"."

// readSample reads "November", "2026-11-01 to 2026-11-30 draw 25 seed 7", "last month with all packs".
func readSample(lang texts.Language, text string, today Date) (SampleQuery, error) {
	var q SampleQuery
	text = strings.ToLower(strings.Join(strings.Fields(strings.TrimRight(text, " .!?")), " "))
	if before, ok := strings.CutSuffix(text, " with all packs"); ok {
		q.All, text = true, before
	}
	if before, after, ok := strings.Cut(text, " draw "); ok {
		text = before
		n, seed, seeded := strings.Cut(after, " seed ")
		if q.Draw, ok = digits(strings.TrimSpace(n), 3); !ok || q.Draw < 1 || q.Draw > mostDrawn || q.All {
			return q, invalid(fmt.Sprintf("Write how many to draw as a number from 1 to %d, such as \"draw 25\", and either that or \"with all packs\".", mostDrawn))
		}
		if q.Seed = "1"; seeded {
			q.Seed = strings.TrimSpace(seed)
		}
	} else if before, ok := strings.CutSuffix(text, " draw"); ok {
		q.Draw, q.Seed, text = usualDraw, "1", before
	}
	if q.Draw > 0 && (q.Seed == "" || len(q.Seed) > 40 || strings.ContainsFunc(q.Seed, func(r rune) bool { return r < '!' || r > '~' })) {
		return q, invalid("A seed is one word of letters and digits, such as \"seed 7\".")
	}
	if m, ok := readMonth(text, today); ok && text != "" {
		q.From, q.To = m.first(), m.Add(1).first().AddDays(-1)
		return q, nil
	}
	ws := splitWords(strings.ReplaceAll(text, " to ", ", "))
	if len(ws) > 0 && (ws[0].low == "from" || ws[0].low == "between") {
		ws = ws[1:]
	}
	dates := dateReader{from: today, late: 3660}
	first := dates.read(lang, ws)
	rest := ws[min(first.words, len(ws)):]
	if len(rest) > 0 && (rest[0].low == "and" || rest[0].low == "until" || rest[0].low == "-") {
		rest = rest[1:]
	}
	second := dates.read(lang, rest)
	switch {
	case first.date == "" || second.date == "" || first.doubt != "" || second.doubt != "" || first.words == 0 || second.words < len(rest):
		return q, invalid(sampleHelp)
	case second.date.Before(first.date):
		return q, invalid("The first date must come before the second one.")
	}
	q.From, q.To = first.date, second.date
	return q, nil
}

// NewSampleQuery is a query by its parts, as a command line has them. No last day means today.
func NewSampleQuery(lang texts.Language, from, to string, draw int, seed string, all bool, today Date) (SampleQuery, error) {
	if draw < 0 {
		return SampleQuery{}, invalid(sampleHelp)
	}
	if to == "" {
		to = string(today)
	}
	q := SampleQuery{From: Date(from), To: Date(to), Draw: draw, Seed: seed, All: all}
	return readSample(lang, q.Arg(), today)
}

func (e *Engine) answerExport(ctx context.Context, t Turn, _ Account, roles Roles, cmd Command) (Reply, error) {
	if _, err := mayHave(e.lang(), FileSample, roles); err != nil {
		return Reply{}, err
	}
	q, err := readSample(e.lang(), cmd.Rest, e.today())
	if err != nil {
		return Reply{}, err
	}
	return e.offer(ctx, t, roles, FileSample, q.Arg())
}

// makeSample is the sample for somebody, without what is kept from them.
func (e *Engine) makeSample(ctx context.Context, t Turn, _ Roles, arg string) (FileView, error) {
	q, err := readSample(e.lang(), arg, e.today())
	if err != nil {
		return FileView{}, err
	}
	s, err := ReadSample(ctx, e.Store, q, e.Now(), func(c Case) bool { return c.hiddenFrom(t.By.ID) == nil })
	if err != nil {
		return FileView{}, err
	}
	says := fmt.Sprintf("The list of all people events from %s to %s: %s", q.From.Say(texts.Language{}), q.To.Say(texts.Language{}), count(e.lang(), len(s.Rows), "case"))
	if len(s.Packs) > 0 {
		says += ", and the evidence of " + fmt.Sprint(len(s.Packs))
	}
	return FileView{Name: s.FileName(), Says: says + ".", View: s}, nil
}

// FileName is what the file of the sample is called.
func (s Sample) FileName() string {
	return "people-events-" + string(s.From) + "-" + string(s.To) + ".zip"
}

// ReadSample makes a sample of what is stored. shown leaves out the cases for which it is false; nil shows all.
func ReadSample(ctx context.Context, st Store, q SampleQuery, now time.Time, shown func(Case) bool) (Sample, error) {
	cases, err := st.Cases(ctx, "all")
	if err != nil {
		return Sample{}, fmt.Errorf("list cases: %w", err)
	}
	known := map[CaseID]bool{}
	var logs []CaseLog
	add := func(id CaseID) error {
		recs, err := st.Records(ctx, id)
		if err != nil && CodeOf(err) != NotFound {
			return fmt.Errorf("read the log of %s: %w", id, err)
		}
		logs = append(logs, CaseLog{id, recs})
		return nil
	}
	for _, c := range cases {
		known[c.ID] = true
		if shown != nil && !shown(c) {
			continue
		}
		if err := add(c.ID); err != nil {
			return Sample{}, err
		}
	}
	// A case whose texts were erased is in no list; its number tells that it was.
	for _, k := range eventOrder {
		for year := q.From.Time().Year() - 1; year <= q.To.Time().Year(); year++ {
			next, err := st.NextCase(ctx, k, year)
			if err != nil {
				return Sample{}, fmt.Errorf("number cases: %w", err)
			}
			last, ok := digits(string(next[strings.LastIndex(string(next), "-")+1:]), 9)
			for n := 1; ok && n < last; n++ {
				if id := CaseID(fmt.Sprintf("%s-%04d-%04d", k.Letter(), year, n)); !known[id] {
					if err := add(id); err != nil {
						return Sample{}, err
					}
				}
			}
		}
	}
	return MakeSample(q, now, logs), nil
}
