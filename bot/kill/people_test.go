package kill

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"muster/flows"
)

// seats are the people who are asked anything, and the chats they look at.
var seats = []struct{ as, chat string }{
	{"hr", "bot"},
	{"hr2", "bot"},
	{"manager", "bot"},
	{"manager2", "bot"},
	{"approver", "bot"},
	{"it", "bot"},
	{"it", "it"},
	{"it2", "it"},
	{"owner", "bot"},
	{"owner2", "bot"},
}

// stranger is somebody of the organisation who decides nothing.
const stranger, strangerID = "stranger", "00000000-0000-4000-a000-00000000000b"

// message is what one person sees of one message.
type message struct {
	ID   string          `json:"id"`
	N    int             `json:"n"`
	From string          `json:"from"`
	Text string          `json:"text"`
	Card json.RawMessage `json:"card"`
}

// answered is what a press was answered with.
type answered struct {
	Status int `json:"status"`
	Value  struct {
		StatusCode int             `json:"statusCode"`
		Type       string          `json:"type"`
		Value      json.RawMessage `json:"value"`
	} `json:"value"`
}

// says is the sentence that a press was answered with; none when it was a card.
func (a answered) says() string {
	var text string
	if json.Unmarshal(a.Value.Value, &text) == nil {
		return text
	}
	var problem struct {
		Message string `json:"message"`
	}
	if json.Unmarshal(a.Value.Value, &problem) != nil {
		return ""
	}
	return problem.Message
}

const cardAnswer = "application/vnd.microsoft.card.adaptive"

// taken reports whether the bot did what was pressed, and said so.
func (a answered) taken() bool {
	return a.Status == http.StatusOK && (a.Value.StatusCode == 0 || a.Value.StatusCode == http.StatusOK) && a.Value.Type == cardAnswer
}

// crowd are the people of one world. They look at their chats and do what is asked of them: mostly once, sometimes twice, and sometimes
// somebody tries whom nobody asked.
type crowd struct {
	w    *world
	mu   sync.Mutex
	rand *rand.Rand
	done map[string]int // presses by verb that were taken
}

func newCrowd(w *world) *crowd {
	return &crowd{w: w, rand: rand.New(rand.NewPCG(w.seed, 2)), done: map[string]int{}}
}

func (c *crowd) chance() float64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.rand.Float64()
}

func (c *crowd) took(verb string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.done[verb]++
}

// counts is how many presses were taken, by verb.
func (c *crowd) counts() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := map[string]int{}
	for k, v := range c.done {
		out[k] = v
	}
	return out
}

// offer is a button on a message.
type offer struct {
	message string
	button
}

// offered waits until somebody is offered one of the buttons.
func (w *world) offered(ctx context.Context, as string, verbs ...string) offer {
	w.tb.Helper()
	var got offer
	if err := until(ctx, time.Minute, func() bool {
		var list []message
		q := url.Values{"as": {as}, "chat": {"bot"}}
		if status, err := w.call(ctx, http.MethodGet, w.teams("/sandbox/messages?"+q.Encode()), nil, &list); err != nil || status != http.StatusOK {
			return false
		}
		for _, m := range list {
			for _, v := range verbs {
				if b, ok := buttonOf(m.Card, v); ok {
					got = offer{m.ID, b}
					return true
				}
			}
		}
		return false
	}); err != nil {
		w.tb.Fatalf("%s is never offered any of %v: %v", as, verbs, err)
	}
	return got
}

// presses presses it, whatever comes of it.
func (w *world) presses(ctx context.Context, as string, o offer) answered {
	w.tb.Helper()
	var raw json.RawMessage
	if _, err := w.call(ctx, http.MethodPost, w.teams("/sandbox/press"), map[string]any{"as": as, "message": o.message, "button": o.title, "inputs": o.inputs}, &raw); err != nil {
		w.tb.Fatal(err)
	}
	var out answered
	if err := json.Unmarshal(raw, &out); err != nil || out.Status == 0 {
		w.tb.Fatalf("%s could not press %s: %.500s", as, o.title, raw)
	}
	return out
}

// open is a card that somebody has yet to do something about.
type open struct {
	message
	from  time.Time // not before
	tries int
}

// mostTries is how often somebody presses on one card before giving up on it.
const mostTries = 60

// live has everybody do their part until ctx ends.
func (c *crowd) live(ctx context.Context) {
	var all sync.WaitGroup
	for _, s := range seats {
		all.Go(func() {
			since, todo := 0, map[string]open{}
			tick := time.NewTicker(200 * time.Millisecond)
			defer tick.Stop()
			for {
				since = c.look(ctx, s.as, s.chat, since, todo)
				c.act(ctx, s.as, todo)
				select {
				case <-ctx.Done():
					return
				case <-tick.C:
				}
			}
		})
	}
	all.Wait()
}

// look reads what is new in a chat.
func (c *crowd) look(ctx context.Context, as, chat string, since int, todo map[string]open) int {
	var list []message
	q := url.Values{"as": {as}, "chat": {chat}, "since": {strconv.Itoa(since)}}
	status, err := c.w.call(ctx, http.MethodGet, c.w.teams("/sandbox/messages?"+q.Encode()), nil, &list)
	if err != nil || status != http.StatusOK {
		return since // the person has no chat yet
	}
	for _, m := range list {
		since = max(since, m.N)
		if b, ok := c.wanted(m); m.From == "bot" && ok {
			wait := time.Duration(c.chance() * float64(time.Second))
			if b.verb == flows.VerbStarted {
				wait += 3 * time.Second // the pass is shown before, mostly
			}
			todo[m.ID] = open{message: m, from: time.Now().Add(wait), tries: todo[m.ID].tries}
		} else {
			delete(todo, m.ID)
		}
	}
	return since
}

// act presses what it is time for.
func (c *crowd) act(ctx context.Context, as string, todo map[string]open) {
	for id, o := range todo {
		if ctx.Err() != nil || time.Now().Before(o.from) {
			continue
		}
		b, ok := c.wanted(o.message)
		if !ok || o.tries >= mostTries {
			delete(todo, id)
			continue
		}
		verb := b.verb
		switch lot := c.chance(); {
		case lot < .05 && b.other != "":
			verb = b.other
		case lot < .12:
			c.forge(ctx, stranger, b)
		}
		if o.tries > 5 && b.verb == flows.VerbRetry {
			verb = flows.VerbWaive
		}
		if strings.Contains(string(o.Card), "Sent Items") && c.sent(ctx, string(o.Card)) {
			verb = flows.VerbByHand // as the card asks: whoever retried would send it again
		}
		b, ok = buttonOf(o.Card, verb)
		if !ok {
			delete(todo, id)
			continue
		}
		taken := c.press(ctx, as, id, b)
		if taken && c.chance() < .2 {
			c.press(ctx, as, id, b) // did it work?
		}
		if o.tries++; taken && !b.again() {
			delete(todo, id)
			continue
		}
		o.from = time.Now().Add(time.Second + time.Duration(c.chance()*float64(2*time.Second)))
		todo[id] = o
	}
}

// renamed is whose name changes, before and after.
var renamed = [2]string{"xander.boyd@larkfield.example", "xander.boydlane@larkfield.example"}

// sent is IT's look into the Sent Items for the mail that a card is about.
func (c *crowd) sent(ctx context.Context, card string) bool {
	var mails []struct{ Subject string }
	if _, err := c.w.call(ctx, http.MethodGet, "http://"+c.w.at.Graph+"/kill/mails?from="+sender, nil, &mails); err != nil {
		return true // not known: nobody sends it again
	}
	for _, m := range mails {
		if strings.Contains(card, m.Subject) {
			return true
		}
	}
	return false
}

// press presses a button as its client would.
func (c *crowd) press(ctx context.Context, as, id string, b button) bool {
	if b.verb == flows.VerbManualDone && strings.Contains(b.title+b.about, renamed[0]+" as an alias") {
		// What Exchange does when IT has it keep the old address.
		if _, err := c.w.call(ctx, http.MethodPatch, c.w.teams("/sandbox/directory/users/"+renamed[1]), map[string]string{"mail": renamed[1]}, nil); err != nil {
			return false
		}
	}
	var out answered
	_, err := c.w.call(ctx, http.MethodPost, c.w.teams("/sandbox/press"), map[string]any{"as": as, "message": id, "button": b.title, "inputs": b.inputs}, &out)
	if err != nil || !out.taken() {
		return false // the card has changed, or the bot is dead, or it was refused: the person looks again
	}
	c.took(b.verb)
	return true
}

// forge presses a button that somebody was never shown.
func (c *crowd) forge(ctx context.Context, as string, b button) {
	data := map[string]any{}
	if json.Unmarshal(b.data, &data) != nil {
		return
	}
	for k, v := range b.inputs {
		data[k] = v
	}
	var out answered
	if _, err := c.w.call(ctx, http.MethodPost, c.w.teams("/sandbox/press"), map[string]any{"as": as, "message": "0", "verb": b.verb, "data": data}, &out); err != nil {
		return
	}
	if out.taken() {
		c.took("forged " + b.verb)
	}
}

// say writes to the bot. When Teams could not deliver it, the person looks whether there is an answer all the same before writing again.
func (c *crowd) say(ctx context.Context, as, text, about string) {
	for ctx.Err() == nil {
		var out struct {
			Error string `json:"error"`
		}
		status, err := c.w.call(ctx, http.MethodPost, c.w.teams("/sandbox/say"), map[string]string{"as": as, "chat": "bot", "text": text}, &out)
		if err == nil && status < 300 {
			return
		}
		if until(ctx, 6*time.Second, func() bool { return c.reads(ctx, as, about) }) == nil {
			return
		}
	}
}

// reads reports whether the bot wrote somebody anything with these words.
func (c *crowd) reads(ctx context.Context, as, words string) bool {
	var list []message
	q := url.Values{"as": {as}, "chat": {"bot"}}
	if _, err := c.w.call(ctx, http.MethodGet, c.w.teams("/sandbox/messages?"+q.Encode()), nil, &list); err != nil {
		return false
	}
	for _, m := range list {
		if m.From == "bot" && strings.Contains(string(m.Card)+m.Text, words) {
			return true
		}
	}
	return false
}

// wanted is the button that somebody should press on a card, if any.
func (c *crowd) wanted(m message) (button, bool) {
	for _, w := range answers {
		if b, ok := buttonOf(m.Card, w.verb); ok {
			b.other = w.other
			return b, true
		}
	}
	return button{}, false
}

// answers are what people press when a card offers it, the first that it offers; and now and then the other one.
var answers = []struct{ verb, other string }{
	{flows.VerbCheck, ""},
	{flows.VerbConfirm, ""},
	{flows.VerbShowPass, ""},
	{flows.VerbApprove, flows.VerbReject},
	{flows.VerbRelease, ""},
	{flows.VerbSignOff, flows.VerbRefuse},
	{flows.VerbManualDone, ""},
	{flows.VerbStarted, flows.VerbNotStarted},
	{flows.VerbResume, flows.VerbEnd},
	{flows.VerbWaiveAgree, ""},
	{flows.VerbRetry, flows.VerbWaive},
	{flows.VerbChangeMake, ""},
	{flows.VerbChangeSecond, ""},
	{flows.VerbGoOn, ""},
	{flows.VerbReturnAccess, ""},
	{flows.VerbLetEnd, ""},
}
