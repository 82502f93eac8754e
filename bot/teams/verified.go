package teams

import (
	"crypto/rsa"
	"crypto/sha256"
	"maps"
	"sync"
	"time"
)

const verifiedLimit = 1024

// verified remembers tokens whose signature was good. Teams sends the same
// token with each activity for about an hour, and checking an RSA signature
// costs more than all else at the edge.
//
// Why this is safe: only tokens that passed every check get in; they are found
// by the SHA-256 of the whole token, so a changed one is another one; what
// depends on the activity (service URL, endorsement, tenant) is not remembered
// but checked each time, and so are the times and whether the key that signed
// it is still published.
type verified struct {
	mu     sync.Mutex
	tokens map[[sha256.Size]byte]verifiedToken // guarded by mu
}

type verifiedToken struct {
	kid          string
	key          *rsa.PublicKey
	notBefore    time.Time
	expires      time.Time
	serviceURL   string
	endorsements []string
}

func (v *verified) find(token string) ([sha256.Size]byte, verifiedToken, bool) {
	sum := sha256.Sum256([]byte(token))
	v.mu.Lock()
	defer v.mu.Unlock()
	t, ok := v.tokens[sum]
	return sum, t, ok
}

// keep remembers a token. When there are too many, those that have expired go,
// and if that is not enough all of them: to check a signature again is cheap.
func (v *verified) keep(sum [sha256.Size]byte, t verifiedToken, now time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.tokens) >= verifiedLimit {
		maps.DeleteFunc(v.tokens, func(_ [sha256.Size]byte, t verifiedToken) bool { return !now.Before(t.expires) })
	}
	if v.tokens == nil || len(v.tokens) >= verifiedLimit {
		v.tokens = map[[sha256.Size]byte]verifiedToken{}
	}
	v.tokens[sum] = t
}
