package teams

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func newTestKeys(t testing.TB, i *issuer, c *clock) *Keys {
	return NewKeys(testConfig(), i, testLog(t), c.now)
}

func mustFind(t *testing.T, k *Keys, kid string) {
	t.Helper()
	if _, err := k.find(t.Context(), kid); err != nil {
		t.Fatalf("find %s: %v", kid, err)
	}
}

func TestKeysAreFetchedOncePerDay(t *testing.T) {
	i, c := newIssuer(), newClock()
	k := newTestKeys(t, i, c)
	for range 3 {
		mustFind(t, k, "k1")
	}
	c.advance(23 * time.Hour)
	mustFind(t, k, "k1")
	if n := i.fetched(); n != 1 {
		t.Errorf("fetched %d times within a day, want 1", n)
	}
	c.advance(time.Hour)
	mustFind(t, k, "k1")
	if n := i.fetched(); n != 2 {
		t.Errorf("fetched %d times after a day, want 2", n)
	}
}

func TestKeysRollOver(t *testing.T) {
	i, c := newIssuer(), newClock()
	k := newTestKeys(t, i, c)
	mustFind(t, k, "k1")
	i.publish("k2", secondKey(), "msteams")

	// Nobody may make us fetch again at once, not even with the right key.
	for range 5 {
		if _, err := k.find(t.Context(), "k2"); !errors.Is(err, RefusedUnknownKey) {
			t.Fatalf("find k2 at once: %v, want %v", err, RefusedUnknownKey)
		}
	}
	if n := i.fetched(); n != 1 {
		t.Fatalf("fetched %d times for an unknown key at once, want 1", n)
	}
	c.advance(5 * time.Minute)
	mustFind(t, k, "k2")
	if _, err := k.find(t.Context(), "k1"); !errors.Is(err, RefusedUnknownKey) {
		t.Errorf("find k1 after it was withdrawn: %v, want %v", err, RefusedUnknownKey)
	}
	if n := i.fetched(); n != 2 {
		t.Errorf("fetched %d times, want 2", n)
	}
}

func TestKeysOutliveAnOutage(t *testing.T) {
	i, c := newIssuer(), newClock()
	k := newTestKeys(t, i, c)
	mustFind(t, k, "k1")
	i.set(func(i *issuer) { i.down = true })

	c.advance(4 * 24 * time.Hour)
	mustFind(t, k, "k1")
	tries := i.fetched()
	mustFind(t, k, "k1")
	if n := i.fetched(); n != tries {
		t.Errorf("asked a source that is down again at once")
	}
	c.advance(24 * time.Hour)
	if _, err := k.find(t.Context(), "k1"); !errors.Is(err, RefusedNoKeys) {
		t.Errorf("find after five days: %v, want %v", err, RefusedNoKeys)
	}
	i.set(func(i *issuer) { i.down = false })
	c.advance(time.Minute)
	mustFind(t, k, "k1")
}

func TestKeysColdAndDown(t *testing.T) {
	i, c := newIssuer(), newClock()
	i.down = true
	k := newTestKeys(t, i, c)
	if err := k.Warm(t.Context()); err == nil {
		t.Error("Warm said that it had keys")
	}
	for range 10 {
		if _, err := k.find(t.Context(), "k1"); !errors.Is(err, RefusedNoKeys) {
			t.Fatalf("find: %v, want %v", err, RefusedNoKeys)
		}
	}
	if n := i.fetched(); n != 1 {
		t.Errorf("asked %d times, want 1 until the pause is over", n)
	}
	i.set(func(i *issuer) { i.down = false })
	c.advance(keysFailedGap)
	mustFind(t, k, "k1")
}

func TestKeysOneFetchForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i, c := newIssuer(), newClock()
		release := make(chan struct{})
		i.served = func() { <-release }
		k := newTestKeys(t, i, c)
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() { mustFind(t, k, "k1") })
		}
		ctx, cancel := context.WithCancel(t.Context())
		wg.Go(func() {
			if _, err := k.find(ctx, "k1"); err != nil && !errors.Is(err, RefusedNoKeys) {
				t.Errorf("find, given up: %v", err)
			}
		})
		synctest.Wait() // one fetches, the others wait
		cancel()        // and one leaves
		synctest.Wait()
		close(release)
		wg.Wait()
		if n := i.fetched(); n != 1 {
			t.Errorf("fetched %d times, want 1", n)
		}
	})
}

func TestKeysServeOldOnesWhileOneAsks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i, c := newIssuer(), newClock()
		k := newTestKeys(t, i, c)
		mustFind(t, k, "k1")
		release := make(chan struct{})
		i.set(func(i *issuer) { i.served = func() { <-release } })
		c.advance(25 * time.Hour)
		var wg sync.WaitGroup
		wg.Go(func() { mustFind(t, k, "k1") })
		synctest.Wait()
		mustFind(t, k, "k1") // would hang if it had to wait
		close(release)
		wg.Wait()
	})
}

func TestKeysSourceIsChecked(t *testing.T) {
	weak := publicJWK("weak", firstKey(), "msteams")
	weak.N = weak.N[:len(weak.N)/2]
	for name, change := range map[string]func(*issuer){
		"another host":    func(i *issuer) { i.jwksURI = "https://keys.example.com/v1/.well-known/keys" },
		"plain http":      func(i *issuer) { i.jwksURI = "http://login.botframework.com/v1/.well-known/keys" },
		"loopback":        func(i *issuer) { i.jwksURI = "http://127.0.0.1/v1/.well-known/keys" },
		"nothing":         func(i *issuer) { i.jwksURI = "" },
		"not there":       func(i *issuer) { i.jwksURI = "https://login.botframework.com/v1/gone" },
		"no keys":         func(i *issuer) { i.keys = nil },
		"weak key":        func(i *issuer) { i.keys = []jwk{weak} },
		"another type":    func(i *issuer) { i.keys = []jwk{{KTY: "EC", KID: "k1"}} },
		"not base64":      func(i *issuer) { i.keys = []jwk{{KTY: "RSA", KID: "k1", N: "?", E: "AQAB"}} },
		"for encryption":  func(i *issuer) { i.keys[0].Use = "enc" },
		"huge exponent":   func(i *issuer) { i.keys[0].E = "AQABAQAB" },
		"larger than 1MB": func(i *issuer) { i.keys[0].Endorsements = []string{strings.Repeat("x", keysLimit)} },
	} {
		t.Run(name, func(t *testing.T) {
			i, c := newIssuer(), newClock()
			change(i)
			if err := newTestKeys(t, i, c).Warm(t.Context()); err == nil {
				t.Error("Warm took the keys")
			}
		})
	}
}

func TestKeysKeepTheGoodSet(t *testing.T) {
	i, c := newIssuer(), newClock()
	k := newTestKeys(t, i, c)
	mustFind(t, k, "k1")
	i.set(func(i *issuer) { i.keys = nil }) // a source that answers nonsense is a source that is down
	c.advance(25 * time.Hour)
	mustFind(t, k, "k1")
}

func TestKeysDoNotFollowRedirects(t *testing.T) {
	moved := roundTrip(func(*http.Request) (*http.Response, error) {
		resp := answer(http.StatusFound, nil)
		resp.Header.Set("Location", "https://login.botframework.com/v1/.well-known/keys")
		return resp, nil
	})
	err := NewKeys(testConfig(), moved, testLog(t), newClock().now).Warm(t.Context())
	if err == nil || !strings.Contains(err.Error(), "status 302") {
		t.Errorf("Warm: %v, want the redirect as an error", err)
	}
}

func TestKeysFromALoopbackRig(t *testing.T) {
	i, c := newIssuer(), newClock()
	i.jwksURI = "http://localhost:3979/v1/.well-known/keys"
	cfg := testConfig()
	cfg.OpenIDMetadata = "http://127.0.0.1:3979/v1/.well-known/openidconfiguration"
	if err := NewKeys(cfg, i, testLog(t), c.now).Warm(t.Context()); err != nil {
		t.Errorf("Warm: %v", err)
	}
}
