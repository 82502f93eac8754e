package store

import (
	"sync"

	"muster/flows"
)

// maxFresh bounds how many errands are kept.
const maxFresh = 512

// fresh keeps errands that this process wrote and nobody has finished yet. Most
// are run at once, and need then not be read and decoded. A generation names one
// writing of an errand for ever, and only what is stored gets in.
type fresh struct {
	mu      sync.Mutex
	errands map[string]flows.Errand // by key; guarded by mu
}

// find returns the writing of an errand that ref names, if it is here.
func (f *fresh) find(ref flows.ErrandRef) (flows.Errand, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	e, ok := f.errands[ref.Key]
	return e, ok && e.Gen == ref.Gen
}

// note follows a change that was stored.
func (f *fresh) note(ch flows.Change, added []errand) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, ref := range ch.Done {
		delete(f.errands, ref.Key)
	}
	for _, key := range ch.Drop {
		delete(f.errands, key)
	}
	if f.errands == nil {
		f.errands = map[string]flows.Errand{}
	}
	for i, x := range added {
		if len(f.errands) >= maxFresh { // what waits for its day is read then
			clear(f.errands)
		}
		e := ch.Add[i]
		e.Gen, e.Due = x.gen, e.Due.UTC().Round(0) // as it is read back
		if len(e.Body) == 0 {
			e.Body = nil
		}
		f.errands[e.Key] = e
	}
}
