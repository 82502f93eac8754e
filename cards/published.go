package cards

import (
	"fmt"
	"time"

	"muster/flows"
)

// published says where the evidence's checkpoints are left, and which place takes none.
func published(all []flows.Published, loc *time.Location) []block {
	var out []block
	var size int64
	var last time.Time
	places := ""
	for _, p := range all {
		if !p.Failing.IsZero() {
			out = append(out, status(markNeeds.as("Evidence"), ran(" does not reach "), strong(visible(flows.PlaceName(p.Place))), ran(" since "+when(p.Failing, loc)+".")))
			continue
		}
		if p.At.After(last) {
			size, last = p.Head.Size, p.At
		}
		if places != "" {
			places += ", "
		}
		places += flows.PlaceName(p.Place)
	}
	if places != "" {
		out = append(out, hint(fmt.Sprintf("Evidence: %d entries were signed and sent to %s, %s.", size, visible(places), when(last, loc))))
	}
	return out
}
