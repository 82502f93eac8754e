package teams

import (
	"errors"
	"testing"
	"testing/synctest"
)

// TestLineIsBounded has everybody speak in one conversation while its first turn goes on: so many wait, whoever comes then is refused at once, and
// another conversation knows nothing of it. When the first has ended all of them are let in, and nothing is held any more.
func TestLineIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var line turns
		leave, err := line.enter(t.Context(), "a:1")
		if err != nil {
			t.Fatal(err)
		}
		in := 0
		for range mostInLine {
			go func() {
				leave, err := line.enter(t.Context(), "a:1")
				if err != nil {
					t.Error(err)
					return
				}
				in++ // one at a time
				leave()
			}()
		}
		synctest.Wait()
		for range 3 {
			if _, err := line.enter(t.Context(), "a:1"); !errors.Is(err, errLine) {
				t.Errorf("one too many: %v", err)
			}
		}
		other, err := line.enter(t.Context(), "a:2")
		if err != nil {
			t.Fatal(err)
		}
		other()
		if in != 0 {
			t.Errorf("%d were let in beside the first", in)
		}
		leave()
		synctest.Wait()
		if in != mostInLine || len(line.open) != 0 {
			t.Errorf("%d were let in, %d conversations are held", in, len(line.open))
		}
	})
}
