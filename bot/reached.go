package bot

import (
	"encoding/json"
	"fmt"
	"strings"

	"muster/flows"
)

// ReachPrefix begins the keys of the memos that say where people and channels were met.
const ReachPrefix = "reach/"

// Reached is where Muster was met: true is reachable, false is that the app was removed there since.
type Reached struct {
	People   map[flows.AccountID]bool
	Channels map[string]bool // by Teams channel id
}

// ReadReached reads such memos.
func ReadReached(memos []flows.Memo) (Reached, error) {
	r := Reached{People: map[flows.AccountID]bool{}, Channels: map[string]bool{}}
	for _, m := range memos {
		var p place
		if !strings.HasPrefix(m.Key, ReachPrefix) {
			continue
		}
		if err := json.Unmarshal(m.Value, &p); err != nil {
			return r, fmt.Errorf("read where people were met: %w", err)
		}
		if id, ok := strings.CutPrefix(m.Key, personKey("")); ok {
			r.People[flows.AccountID(id)] = !p.Gone
		} else if id, ok := strings.CutPrefix(m.Key, channelKey("")); ok {
			r.Channels[id] = !p.Gone
		}
	}
	return r, nil
}
