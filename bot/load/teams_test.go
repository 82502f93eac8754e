package load

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	botApp   = "00000000-0000-0000-0000-0000000000b0"
	graphApp = "00000000-0000-0000-0000-0000000000c0"
	tenant   = "11111111-1111-1111-1111-111111111111"
	issuer   = "https://api.botframework.com"
	audience = "https://api.botframework.com"
)

// rig is Teams as the bot sees it: who signs what comes in, and the connector that takes what goes out.
type rig struct {
	base    string // its address, the service URL
	toBot   *rsa.PrivateKey
	fromBot *rsa.PrivateKey // as if Entra's
	bearer  string          // of the activities

	chats map[string]*chat // by conversation id; not changed after it was made

	mu    sync.Mutex
	known map[string]time.Time // tokens of the bot whose signature was good, until when

	deaf    atomic.Bool // messages are taken, to whomever they are, and not kept
	ids     atomic.Int64
	strange atomic.Pointer[string] // the first call that was not as it should be
}

// chat is one person's chat with the bot.
type chat struct {
	person person
	inbox  chan sent
}

// sent is what the bot put into a chat.
type sent struct {
	update bool
	body   []byte
}

// inboxSize is more than the bot ever sends to one person in a run that nobody reads.
const inboxSize = 4096

// channels are the channels of the policy.
func channels() []string { return []string{"19:it@thread.tacv2", "19:owners@thread.tacv2"} }

func newRig(people []person) (*rig, error) {
	t := &rig{chats: map[string]*chat{}, known: map[string]time.Time{}}
	for _, p := range people {
		t.chats[p.conversation()] = &chat{person: p, inbox: make(chan sent, inboxSize)}
	}
	for _, id := range channels() {
		t.chats[id] = &chat{inbox: make(chan sent, inboxSize)}
	}
	var err error
	if t.toBot, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		return nil, fmt.Errorf("make a signing key: %w", err)
	}
	if t.fromBot, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		return nil, fmt.Errorf("make a signing key: %w", err)
	}
	return t, nil
}

// open listens and serves until the returned function is called.
func (t *rig) open() (stop func() error, err error) {
	l, err := listen()
	if err != nil {
		return nil, err
	}
	t.base = "http://" + l.Addr().String()
	now := time.Now()
	if t.bearer, err = sign(t.toBot, "in", jwt.MapClaims{
		"iss": issuer, "aud": botApp, "serviceurl": t.base, "nbf": now.Add(-time.Minute).Unix(), "exp": now.Add(time.Hour).Unix(),
	}); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openidconfiguration", t.metadata)
	mux.HandleFunc("GET /.well-known/keys", t.keys)
	mux.HandleFunc("POST /"+tenant+"/oauth2/v2.0/token", t.token)
	mux.HandleFunc("POST /v3/conversations", t.guard(t.create))
	mux.HandleFunc("POST /v3/conversations/{chat}/activities", t.guard(t.post))
	mux.HandleFunc("PUT /v3/conversations/{chat}/activities/{id}", t.guard(t.post))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		t.wrong(w, http.StatusNotFound, r.Method+" "+r.URL.Path)
	})
	return serve(l, mux), nil
}

// serve serves until the returned function is called, which waits for the end.
func serve(l net.Listener, h http.Handler) (stop func() error) {
	s := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(l) }()
	return func() error {
		err := s.Close()
		if end := <-ended; !errors.Is(end, http.ErrServerClosed) {
			err = errors.Join(err, end)
		}
		return err
	}
}

func sign(key *rsa.PrivateKey, kid string, c jwt.MapClaims) (string, error) {
	tok := jwt.NewWithClaims(jwt.SigningMethodRS256, c)
	tok.Header["kid"] = kid
	text, err := tok.SignedString(key)
	if err != nil {
		return "", fmt.Errorf("sign a token: %w", err)
	}
	return text, nil
}

func (t *rig) metadata(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]string{"issuer": issuer, "jwks_uri": t.base + "/.well-known/keys"})
}

func (t *rig) keys(w http.ResponseWriter, _ *http.Request) {
	enc := base64.RawURLEncoding.EncodeToString
	answer(w, http.StatusOK, map[string]any{"keys": []any{map[string]any{
		"kty": "RSA", "use": "sig", "kid": "in", "n": enc(t.toBot.N.Bytes()), "e": enc(big.NewInt(int64(t.toBot.E)).Bytes()),
		"endorsements": []string{"msteams"},
	}}})
}

// publicKey reads a key as keys writes it.
func publicKey(n, e string) (*rsa.PublicKey, error) {
	modulus, err := base64.RawURLEncoding.DecodeString(n)
	if err != nil {
		return nil, fmt.Errorf("read a key: %w", err)
	}
	exponent, err := base64.RawURLEncoding.DecodeString(e)
	if err != nil {
		return nil, fmt.Errorf("read a key: %w", err)
	}
	return &rsa.PublicKey{N: new(big.Int).SetBytes(modulus), E: int(new(big.Int).SetBytes(exponent).Int64())}, nil
}

func (t *rig) token(w http.ResponseWriter, r *http.Request) {
	if r.PostFormValue("client_id") != botApp || r.PostFormValue("client_secret") == "" || r.PostFormValue("scope") != audience+"/.default" {
		t.wrong(w, http.StatusUnauthorized, "a request for a token")
		return
	}
	now := time.Now()
	text, err := sign(t.fromBot, "out", jwt.MapClaims{
		"iss": "https://sts.windows.net/" + tenant + "/", "aud": audience, "appid": botApp, "nbf": now.Add(-time.Minute).Unix(), "exp": now.Add(time.Hour).Unix(),
	})
	if err != nil {
		t.wrong(w, http.StatusInternalServerError, err.Error())
		return
	}
	answer(w, http.StatusOK, map[string]any{"token_type": "Bearer", "expires_in": 3599, "access_token": text})
}

// guard lets the bot's own token through. A signature is verified once for each token, as the bot does it too.
func (t *rig) guard(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := t.check(r.Header.Get("Authorization")); err != nil {
			t.wrong(w, http.StatusUnauthorized, err.Error())
			return
		}
		next(w, r)
	}
}

func (t *rig) check(header string) error {
	text, ok := strings.CutPrefix(header, "Bearer ")
	if !ok {
		return errors.New("no bearer token")
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if until, ok := t.known[text]; ok && time.Now().Before(until) {
		return nil
	}
	var c jwt.RegisteredClaims
	if _, err := jwt.ParseWithClaims(text, &c, func(*jwt.Token) (any, error) { return &t.fromBot.PublicKey, nil },
		jwt.WithValidMethods([]string{"RS256"}), jwt.WithAudience(audience), jwt.WithExpirationRequired()); err != nil {
		return fmt.Errorf("check the bot's token: %w", err)
	}
	t.known[text] = c.ExpiresAt.Time
	return nil
}

// create opens the chat with a person, which is always the same one, or begins a thread of a channel.
func (t *rig) create(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Members []struct {
			ID string `json:"id"`
		} `json:"members"`
		ChannelData struct {
			Channel struct {
				ID string `json:"id"`
			} `json:"channel"`
		} `json:"channelData"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err == nil && in.ChannelData.Channel.ID != "" {
		id := "m" + strconv.FormatInt(t.ids.Add(1), 10)
		answer(w, http.StatusCreated, map[string]string{"id": in.ChannelData.Channel.ID + ";messageid=" + id, "activityId": id})
		return
	} else if err != nil || len(in.Members) != 1 {
		t.wrong(w, http.StatusForbidden, "a conversation that is not a chat with one person")
		return
	}
	answer(w, http.StatusCreated, map[string]string{"id": person{ID: in.Members[0].ID}.conversation()})
}

func (t *rig) post(w http.ResponseWriter, r *http.Request) {
	c, ok := t.chats[r.PathValue("chat")]
	if !ok && !t.deaf.Load() {
		t.wrong(w, http.StatusNotFound, "a message to "+r.PathValue("chat"))
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.wrong(w, http.StatusBadRequest, err.Error())
		return
	}
	id := r.PathValue("id")
	if !t.deaf.Load() {
		select {
		case c.inbox <- sent{update: id != "", body: body}:
		default:
			t.wrong(w, http.StatusTooManyRequests, "more messages to one person than anybody reads")
			return
		}
	}
	if id == "" {
		id = "m" + strconv.FormatInt(t.ids.Add(1), 10)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	if _, err := io.WriteString(w, `{"id":"`+id+`"}`); err != nil {
		t.note(err.Error())
	}
}

// wrong answers a call that is not as it should be, and remembers it: a run with one of them is no measurement.
func (t *rig) wrong(w http.ResponseWriter, status int, what string) {
	t.note(what)
	w.WriteHeader(status)
}

func (t *rig) note(what string) { t.strange.CompareAndSwap(nil, &what) }

func answer(w http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if _, err := w.Write(b); err != nil {
		return // the bot hung up, and says so itself
	}
}

// firstPort to lastPort are where the rig listens, so that it is in nobody's way.
const firstPort, lastPort = 6978, 6990

// listen takes the first port that is free.
func listen() (net.Listener, error) {
	var all error
	for port := firstPort; port <= lastPort; port++ {
		l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err == nil {
			return l, nil
		}
		all = errors.Join(all, err)
	}
	return nil, fmt.Errorf("find a free port: %w", all)
}
