package cards

import (
	"time"

	"muster/flows"
	"muster/flows/texts"
)

// published says where the evidence's checkpoints are left, and which place takes none.
func published(lang texts.Language, all []flows.Published, loc *time.Location) []block {
	var out []block
	var size int64
	var last time.Time
	places := ""
	for _, p := range all {
		if !p.Failing.IsZero() {
			out = append(out, status(lang, markNeeds.as(lang.Say("Evidence")), ran(lang.Say(" does not reach ")), strong(visible(flows.PlaceName(lang, p.Place))), ran(lang.Say(" since %s.", when(lang, p.Failing, loc)))))
			continue
		}
		if p.At.After(last) {
			size, last = p.Head.Size, p.At
		}
		if places != "" {
			places += ", "
		}
		places += flows.PlaceName(lang, p.Place)
	}
	if places != "" {
		out = append(out, hint(lang.Say("Evidence: %d entries were signed and sent to %s, %s.", size, visible(places), when(lang, last, loc))))
	}
	return out
}
