package e2e

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestSheet drops a real workbook into HR's chat of the built binary: it is fetched from where Teams says, two of three rows become cases, and
// the manager has one card for both.
func TestSheet(t *testing.T) {
	t.Parallel()
	p := startSandbox(t)
	b, err := os.ReadFile("testdata/starters.xlsx")
	if err != nil {
		t.Fatal(err)
	}
	get[object](t, p, "POST", "/sandbox/say", object{"as": "hr", "chat": "bot", "text": "new starters", "file": object{"name": "starters.xlsx", "base64": base64.StdEncoding.EncodeToString(b)}})
	m, err := p.see(t.Context(), "hr", "bot", regexp.MustCompile(`Confirm 2 new starters`), 20*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if text := words(m.Card); !strings.Contains(text, "There is no job profile called “Astronaut”") {
		t.Errorf("the card says %s", text)
	}
	if got, err := p.press(t.Context(), "hr", m.ID, "Confirm", nil); err != nil || !got.good() {
		t.Fatalf("confirm: %+v, %v", got, err)
	}
	m, err = p.see(t.Context(), "manager", "bot", regexp.MustCompile(`2 new starters will report to you`), 20*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := p.press(t.Context(), "manager", m.ID, "Approve", nil); err != nil || !got.good() {
		t.Fatalf("approve: %+v, %v", got, err)
	}
	list, err := p.cases(t.Context())
	if err != nil || len(list) != 2 {
		t.Fatalf("%d cases, %v", len(list), err)
	}
	for _, c := range list {
		if c.State == "waiting" {
			t.Errorf("%s waits still", c.Ref)
		}
	}
}

// payrollSecret is what the HR system of these tests signs with.
const payrollSecret = "0123456789abcdef0123456789abcdef"

// sendEvent sends a people event to the built binary as an HR system does, signed with a secret.
func sendEvent(t *testing.T, bot, body, secret string) int {
	t.Helper()
	at := strconv.FormatInt(time.Now().Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(at + "." + body))
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+bot+"/api/people-events", bytes.NewReader([]byte(body)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Muster-Timestamp", at)
	req.Header.Set("Muster-Signature", "v1="+hex.EncodeToString(mac.Sum(nil)))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode
}
