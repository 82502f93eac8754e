package load

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// The reference is the least that a bot could be in Go: it checks the token, decodes the activity, posts one sentence to the connector and
// answers 200. It remembers nothing. Its figures say what the machine can do; Muster's are to be read beside them.

// asReference, in the environment, makes the test binary be the reference: it listens there.
const asReference = "MUSTER_LOAD_REFERENCE"

// BenchmarkReference is text turns of the reference.
func BenchmarkReference(bm *testing.B) {
	b := rigged(bm)
	free, err := listen()
	if err != nil {
		bm.Fatal(err)
	}
	b.addr = free.Addr().String()
	check(bm, free.Close())
	b.launch(exec.Command(os.Args[0]), append(os.Environ(), asReference+"="+b.addr, "RIG="+b.base))
	bm.Cleanup(b.stop)
	b.greet()
	b.measure(bm, bm.N, b.textTurn(nonsense))
}

// reference is the process. It ends when its standard input does, or when it is told to.
func reference(ctx context.Context, addr, rig string) error {
	var doc struct {
		Keys []struct {
			N string `json:"n"`
			E string `json:"e"`
		} `json:"keys"`
	}
	if err := fetch(ctx, rig+"/.well-known/keys", nil, &doc); err != nil {
		return err
	}
	key, err := publicKey(doc.Keys[0].N, doc.Keys[0].E)
	if err != nil {
		return err
	}
	var tok struct {
		Token string `json:"access_token"`
	}
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {botApp}, "client_secret": {"rig"}, "scope": {audience + "/.default"}}
	if err := fetch(ctx, rig+"/"+tenant+"/oauth2/v2.0/token", form, &tok); err != nil {
		return err
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}, Timeout: turnTime}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /readyz", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("POST /api/messages", func(w http.ResponseWriter, r *http.Request) {
		text := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		if _, err := jwt.Parse(text, func(*jwt.Token) (any, error) { return key, nil }, jwt.WithValidMethods([]string{"RS256"}), jwt.WithAudience(botApp)); err != nil {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		var a activity
		if err := json.NewDecoder(r.Body).Decode(&a); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		req, err := http.NewRequestWithContext(r.Context(), http.MethodPost, a.ServiceURL+"/v3/conversations/"+url.PathEscape(a.Conversation.ID)+"/activities",
			bytes.NewReader(encoded(map[string]any{"type": "message", "text": "I did not understand that.", "replyToId": a.ID})))
		if err != nil {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		req.Header.Set("Authorization", "Bearer "+tok.Token)
		req.Header.Set("Content-Type", "application/json")
		res, err := client.Do(req)
		if err == nil {
			_, err = io.Copy(io.Discard, res.Body)
			res.Body.Close()
		}
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
		}
	})
	stop := serve(l, mux)
	<-ctx.Done()
	return stop()
}

// fetch gets a document, or posts a form for it.
func fetch(ctx context.Context, at string, form url.Values, into any) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	method, body := http.MethodGet, io.Reader(nil)
	if form != nil {
		method, body = http.MethodPost, strings.NewReader(form.Encode())
	}
	req, err := http.NewRequestWithContext(ctx, method, at, body)
	if err != nil {
		return err
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("fetch %s: status %d", at, res.StatusCode)
	}
	return json.NewDecoder(res.Body).Decode(into)
}
