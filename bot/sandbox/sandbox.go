package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"muster/flows/outbound"
)

// Directory is the simulated tenant, as seen and changed from behind the bot's
// back. Its answers are JSON so that the sandbox shares no types with it.
type Directory interface {
	// User answers one user with memberOf, licenses, manager and deleted.
	User(idOrUPN string) (json.RawMessage, bool)
	Users() json.RawMessage
	PatchUser(id string, props map[string]json.RawMessage) error
	AddMember(group, user string) error
	RemoveMember(group, user string) error
	Groups() json.RawMessage
	Licences() json.RawMessage
	Changes(since int) json.RawMessage
	SetFault(kind, match string, count int, seconds float64) (string, error)
	Faults() json.RawMessage
	ClearFaults()
}

// Cases is the bot's business as the sandbox shows it, and the one handle by
// which moving the clock makes it act.
type Cases interface {
	Cases(ctx context.Context) (json.RawMessage, error)
	Case(ctx context.Context, ref string) (json.RawMessage, bool, error)
	Log(ctx context.Context, caseRef string) (json.RawMessage, error)
	// Settle runs everything due now until it is finished or waits on people.
	Settle(ctx context.Context) (ran int, err error)
	// NextDue is the earliest due time in the queue.
	NextDue(ctx context.Context) (time.Time, bool, error)
}

// Options say what a sandbox is made of. Bot, Self, AppID, Tenant, Clock and
// TokenNow are required.
type Options struct {
	People    []Person // nil: Known()
	Bot       string   // where activities are posted, …/api/messages
	Self      string   // the base URL that the bot is told to answer to
	AppID     string
	Tenant    string
	Directory Directory // nil: everybody of People exists
	Cases     Cases     // nil: the clock only moves
	Clock     *Clock
	TokenNow  func() time.Time // wall time, for the life of tokens
	State     string           // file that keeps chats and clock; "" keeps them in memory
	Page      string           // folder given to EnsurePage; "" is the user's cache
	Log       *slog.Logger
	HTTP      *http.Client
	Keys      *Keys // nil: made here, which takes a moment
	// Playground tells the page that Agents Playground may be talking to the
	// same bot; its requests go to the bot, never through here.
	Playground bool
}

// Sandbox is one running local Teams.
type Sandbox struct {
	opt      Options
	channels []Channel
	world    *world
	issuer   *issuer
	faults   *faults
	uploads  uploads
	moving   sync.Mutex // one clock move at a time
	retry    time.Duration
	answer   time.Duration
}

// Waits of the service in front of the bot: redelivery of a message that the
// bot did not take, and the time after which Teams gives up on an answer.
const (
	redeliverAfter = 250 * time.Millisecond
	answerWithin   = 15 * time.Second
)

// New builds a sandbox and loads its state, if there is any. The clock is put to
// where the state left it. An unreadable state file is refused.
func New(opt Options) (*Sandbox, error) {
	if opt.Keys == nil {
		keys, err := NewKeys()
		if err != nil {
			return nil, fmt.Errorf("open sandbox: %w", err)
		}
		opt.Keys = keys
	}
	return open(opt, opt.Keys.pair)
}

func open(opt Options, keys [2]signingKey) (*Sandbox, error) {
	switch {
	case opt.Bot == "" || opt.Self == "":
		return nil, errors.New("open sandbox: the bot's and the sandbox's own address are needed")
	case opt.AppID == "" || opt.Tenant == "":
		return nil, errors.New("open sandbox: an app id and a tenant are needed")
	case opt.Clock == nil || opt.TokenNow == nil:
		return nil, errors.New("open sandbox: a clock and the wall time are needed")
	}
	opt.Self = strings.TrimSuffix(opt.Self, "/")
	if opt.People == nil {
		opt.People = Known()
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	if opt.HTTP == nil {
		opt.HTTP = outbound.Purpose{Name: "the bot of this sandbox", Allow: outbound.Same(opt.Bot), Reach: outbound.Rig, Most: 16 << 20}.Client(nil)
	}
	w, err := openWorld(opt.State, opt.Clock)
	if err != nil {
		return nil, fmt.Errorf("open sandbox: %w", err)
	}
	if opt.Playground {
		opt.Log.Warn("playground mode: requests without tokens are answered on loopback")
	}
	return &Sandbox{
		opt: opt, channels: Channels(), world: w, issuer: newIssuer(opt, keys), faults: newFaults(opt.Clock.Now),
		retry: redeliverAfter, answer: answerWithin,
	}, nil
}

// Close writes the clock and closes the state file. Closing twice is fine.
func (s *Sandbox) Close() error { return s.world.close() }

// Handler serves the page at /, the control API below /sandbox/, the connector
// below /v3/, and the token issuer.
func (s *Sandbox) Handler() http.Handler {
	mux := http.NewServeMux()
	s.issuer.routes(mux)

	connector := func(pattern string, h http.HandlerFunc) {
		mux.Handle(pattern, s.faulty(s.issuer.guard(h)))
	}
	connector("POST /v3/conversations", s.createConversation)
	connector("POST /v3/conversations/{cid}/activities", s.sendActivity)
	connector("POST /v3/conversations/{cid}/activities/{aid}", s.sendActivity)
	connector("PUT /v3/conversations/{cid}/activities/{aid}", s.updateActivity)
	connector("DELETE /v3/conversations/{cid}/activities/{aid}", s.deleteActivity)
	connector("GET /v3/conversations/{cid}/members", s.allMembers)
	connector("GET /v3/conversations/{cid}/pagedMembers", s.pagedMembers)
	connector("GET /v3/conversations/{cid}/pagedmembers", s.pagedMembers)
	connector("GET /v3/conversations/{cid}/members/{mid}", s.oneMember)
	connector("GET /v3/teams/{tid}", s.team)
	connector("GET /v3/teams/{tid}/conversations", s.teamChannels)
	connector("/v3/", func(w http.ResponseWriter, _ *http.Request) {
		connectorError(w, http.StatusNotImplemented, "NotImplemented", "The sandbox does not know this connector route.")
	})

	// The control API acts as anybody, so a page of another origin may not call it.
	own := http.NewCrossOriginProtection()
	control := func(pattern string, h func(*http.Request) (int, any)) {
		mux.Handle(pattern, own.Handler(s.answering(h)))
	}
	control("GET /sandbox/info", s.getInfo)
	control("GET /sandbox/people", s.getPeople)
	control("GET /sandbox/chats", s.getChats)
	control("GET /sandbox/messages", s.getMessages)
	control("POST /sandbox/say", s.postSay)
	control("POST /sandbox/press", s.postPress)
	control("POST /sandbox/search", s.postSearch)
	control("GET /sandbox/clock", s.getClock)
	control("POST /sandbox/clock", s.postClock)
	control("GET /sandbox/fault", s.getFaults)
	control("POST /sandbox/fault", s.postFault)
	control("DELETE /sandbox/fault", s.deleteFaults)
	control("GET /sandbox/directory/users", s.getUsers)
	control("GET /sandbox/directory/users/{id}", s.getUser)
	control("PATCH /sandbox/directory/users/{id}", s.patchUser)
	control("GET /sandbox/directory/groups", s.getGroups)
	control("GET /sandbox/directory/licences", s.getLicences)
	control("GET /sandbox/directory/changes", s.getChanges)
	control("POST /sandbox/directory/groups/{name}/members", s.changeMember)
	control("DELETE /sandbox/directory/groups/{name}/members", s.changeMember)
	control("GET /sandbox/cases", s.getCases)
	control("GET /sandbox/cases/{ref}", s.getCase)
	control("GET /sandbox/log", s.getLog)
	control("GET /sandbox/files", s.getFiles)
	control("/sandbox/", func(r *http.Request) (int, any) {
		return refuse(http.StatusNotFound, "no such call: %s %s", r.Method, r.URL.Path)
	})
	mux.HandleFunc("GET /sandbox/files/{id}/{name}", s.getFile)
	mux.Handle("/sandbox/uploads/{id}", s.faulty(http.HandlerFunc(s.upload)))
	mux.Handle("/", s.page())
	return s.issuer.withTokens(mux)
}
